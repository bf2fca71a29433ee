"""Prompts of a length in tokens."""

from __future__ import annotations

from backend.bench.people.prompts import Prompts, prompts_of

TEMPLATE_TOKENS = 12


async def three_a_word(text: str) -> int:
    return TEMPLATE_TOKENS + 3 * len(text.split())


async def test_they_are_as_long_as_asked_by_the_engines_own_count() -> None:
    prompts = await prompts_of(1024, three_a_word)
    counts = [await three_a_word(prompt) for prompt in prompts.take(5)]
    assert all(abs(count - 1024) <= 3 for count in counts)


async def test_even_a_short_one_has_a_word() -> None:
    [prompt] = (await prompts_of(1, three_a_word)).take(1)
    assert prompt


def test_no_prompt_begins_as_another_does() -> None:
    prompts = Prompts(300)
    taken = [*prompts.take(20), *prompts.take(20)]
    assert len({prompt[:40] for prompt in taken}) == 40


def test_a_seed_brings_the_same_ones_again() -> None:
    assert list(Prompts(5, seed=1).take(3)) == list(Prompts(5, seed=1).take(3))
    assert list(Prompts(5, seed=1).take(3)) != list(Prompts(5, seed=2).take(3))
