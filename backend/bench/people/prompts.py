"""Prompts of a length in tokens that share no beginning, so that no prefix cache helps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from random import Random

_SAMPLE_WORDS = 400


class Prompts:
    """An endless supply, the same for the same seed.

    Args:
        num_words: of each.
        seed: of the words.
    """

    def __init__(self, num_words: int, seed: int = 0) -> None:
        self._num_words = num_words
        self._random = Random(seed)

    def take(self, num_prompts: int) -> Iterator[str]:
        """The next ones."""
        for _ in range(num_prompts):
            yield words(self._num_words, self._random)


def words(num_words: int, random: Random) -> str:
    """Random numbers of three digits: every tokenizer knows what to do with them."""
    return " ".join(str(random.randrange(100, 1000)) for _ in range(num_words))


async def prompts_of(
    num_tokens: int, count_num_tokens: Callable[[str], Awaitable[int]], seed: int = 0
) -> Prompts:
    """Prompts of about so many tokens, the chat template's included.

    Args:
        num_tokens: of each.
        count_num_tokens: by the engine's tokenizer and template.
        seed: of the words.
    """
    random = Random(seed)
    fixed = await count_num_tokens(words(1, random))
    sampled = await count_num_tokens(words(_SAMPLE_WORDS + 1, random))
    per_word = (sampled - fixed) / _SAMPLE_WORDS
    return Prompts(max(1, round((num_tokens - fixed) / per_word) + 1), seed)
