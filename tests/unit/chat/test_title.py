"""A conversation's title: the first sentence of its first question, short and clean."""

from __future__ import annotations

import unicodedata

import pytest
import regex

from backend.chat.title import MAX_WIDTH, title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How  deep\nis the sea?", "How deep is the sea?"),
        ("Please explain tides. I am ten.", "Please explain tides"),
        ("Hello! How do I sort a list?", "Hello! How do I sort a list?"),
        ("Use e.g. pandas for the table. Then plot it.", "Use e.g. pandas for the table"),
        ("Is 3.5 more than 3.49? Why?", "Is 3.5 more than 3.49?"),
        ("Summarise this:\n\nA long text.", "Summarise this: A long text"),
        ("天空为什么是蓝色的？请用三句话解释。", "天空为什么是蓝色的？"),
        ("你好！请写一首关于秋天的诗。要短。", "你好！请写一首关于秋天的诗"),
        ("Hi", "Hi"),
        ("", ""),
    ],
)
def test_it_is_the_first_sentence_that_says_enough(question: str, title: str) -> None:
    assert title_of(question) == title


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("# Tides and **moons**", "Tides and moons"),
        ("- explain `x = 1`\n- and more", "explain x = 1 and more"),
        ("> *Really* see [the docs](https://x.example/a)", "Really see the docs"),
        ("1. First do this", "First do this"),
        ("```python\nprint('x')\n```\nWhy does it fail?", "print('x') Why does it fail?"),
        ("What is 2 * 3 * 4 and snake_case_names?", "What is 2 * 3 * 4 and snake_case_names?"),
        ("Is <b>this</b> bold?", "Is <b>this</b> bold?"),
        ("***", "***"),
    ],
)
def test_it_has_no_markdown(question: str, title: str) -> None:
    assert title_of(question) == title


def test_a_long_one_is_cut_between_words() -> None:
    assert title_of("Why do " + "wonderful " * 20) == (
        "Why do wonderful wonderful wonderful wonderful wonderful…"
    )


def test_chinese_is_cut_anywhere_at_the_same_width() -> None:
    title = title_of("海" * 100)
    assert title == "海" * 29 + "…"


def test_a_long_word_is_cut_all_the_same() -> None:
    assert title_of("x" * 100) == "x" * 59 + "…"


@pytest.mark.parametrize(
    "seen_as_one",
    ["👩‍👩‍👧‍👦", "🇨🇳", "e\u0301\u0323", "नि", "👍🏽", "각", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
)
def test_what_is_seen_as_one_character_is_not_cut(seen_as_one: str) -> None:
    for num_before in range(8):
        title = title_of("a" * num_before + seen_as_one * 100).removesuffix("…")
        assert regex.findall(r"\X", title)[num_before:].count(seen_as_one) > 0
        assert title == "a" * num_before + seen_as_one * title.count(seen_as_one)


def test_what_turns_the_direction_of_other_text_is_left_out() -> None:
    assert title_of("\u202eevil\u2066 title") == "evil title"


@pytest.mark.parametrize("question", ["שלום, מה שלומך היום?", "كيف حالك اليوم؟"])
def test_right_to_left_text_stays_as_it_is(question: str) -> None:
    assert title_of(question) == question


def test_ten_megabytes_are_not_looked_at() -> None:
    title = title_of("*a [b](c" * 1_250_000)
    assert sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in title) <= MAX_WIDTH
