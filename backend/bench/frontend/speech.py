"""What the bench's engine is asked, and says: tokens that a careless reader would tear or double.

A question names everything about its reply, so that whoever asks knows the whole reply beforehand.
Before and after the text come time stamps, by the machine's wall clock, which a browser reads too.
"""

from __future__ import annotations

import re
import time
from dataclasses import astuple, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Self

TEXT = Path(__file__).with_name("speech.md").read_text()
TOKENS: tuple[str, ...] = tuple(re.findall(r"\s?[^\W_]{1,5}|\s?.|\s", TEXT, re.DOTALL))

_QUESTION = re.compile(r"reply (\d+) from (\d+) at (\d+) by (\d+)")
_STAMPED = re.compile(r"@([\d.]+)@(.*)@([\d.]+)@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """Asks for `num_tokens` tokens, the cycle's `start`-th first."""

    num_tokens: int
    start: int = 0
    tokens_per_second: int = 50
    tokens_per_chunk: int = 1

    def __str__(self) -> str:
        return "bench: reply {} from {} at {} by {}".format(*astuple(self))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The question in a message, `None` where there is none."""
        match = _QUESTION.search(text)
        return cls(*map(int, match.groups())) if match else None

    @property
    def chunks(self) -> list[str]:
        """The reply as it is streamed, without its stamps."""
        first = self.start % len(TOKENS)
        tokens = list(islice(cycle(TOKENS), first, first + self.num_tokens))
        step = self.tokens_per_chunk
        return ["".join(tokens[at : at + step]) for at in range(0, self.num_tokens, step)]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A reply's text, and when the engine sent its beginning and its end (Unix time)."""

    began_at: float
    text: str
    ended_at: float

    @classmethod
    def parse(cls, reply: str) -> Self:
        """Read a whole reply.

        Raises:
            ValueError: a stamp is missing.
        """
        match = _STAMPED.fullmatch(reply)
        if match is None:
            raise ValueError("a stamp is missing")
        return cls(float(match[1]), match[2], float(match[3]))


def stamp() -> str:
    """The time now, as the first or the last piece of a reply."""
    return f"@{time.time():.6f}@"
