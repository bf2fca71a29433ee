"""The bench's questions and replies."""

from __future__ import annotations

import pytest

from backend.bench.frontend.speech import TEXT, TOKENS, Question, Stamped, stamp


def test_a_question_is_read_back_from_its_text() -> None:
    question = Question(300, start=7, tokens_per_second=150, tokens_per_chunk=8)
    assert Question.parse(f"{question}") == question
    assert Question.parse("Hello?") is None


def test_tokens_are_the_whole_text() -> None:
    assert "".join(TOKENS) == TEXT


def test_the_text_has_what_a_careless_reader_would_tear() -> None:
    for hard in ('"', "\\", "👩‍👩‍👧‍👦", "你好", "é", "\n\n", "```python", "| `Qwen3-4B`", "&amp;"):
        assert hard in TEXT


def test_a_reply_begins_at_its_start_and_goes_round() -> None:
    chunks = Question(len(TOKENS), start=3).chunks
    assert chunks == [*TOKENS[3:], *TOKENS[:3]]


def test_chunks_hold_so_many_tokens() -> None:
    assert Question(5, tokens_per_chunk=2).chunks == [
        "".join(TOKENS[0:2]),
        "".join(TOKENS[2:4]),
        TOKENS[4],
    ]


def test_a_stamped_reply_is_taken_apart() -> None:
    assert Stamped.parse("@1.5@text with @ in it@2.25@") == Stamped(1.5, "text with @ in it", 2.25)
    with pytest.raises(ValueError, match="stamp"):
        Stamped.parse(f"{stamp()}text without its end")
