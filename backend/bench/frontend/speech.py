"""What the bench's engine is asked, and says: tokens that a careless reader would tear or double.

A question names everything about its reply, so that whoever asks knows the whole reply beforehand.
"""

from __future__ import annotations

import re
import time
from dataclasses import astuple, dataclass
from itertools import cycle, islice
from typing import Self

_PROSE = (
    'The quick brown fox jumps over the "lazy" dog\'s back; C:\\temp\\new is no tab.\n'
    "Zürich, naïve façade, Ελλάδα, Привет мир, 你好世界，今天天气很好。こんにちは 안녕하세요 "
    "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🇨🇭 e\u0301 combining\n\n```python\ndef f(x: str) -> str:\n"
    '    return f"{x!r}\\n" + "\\u0041"  # 100 % {not} a <tag>\n```\n| a | b |\n|---|---|\n'
    "| 1 | `2` |\n- **bold** and _soft_, $e^{i\\pi}$ & &amp; </script> \\\\server\\share\t tab "
)
TOKENS: tuple[str, ...] = tuple(re.findall(r"\s?[^\W_]{1,4}|\s?.|\s", _PROSE, re.DOTALL))

_QUESTION = re.compile(r"reply (\d+) from (\d+) at (\d+) by (\d+)")


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
        """The reply as it is streamed, without the time stamp that comes before it."""
        first = self.start % len(TOKENS)
        tokens = list(islice(cycle(TOKENS), first, first + self.num_tokens))
        step = self.tokens_per_chunk
        return ["".join(tokens[at : at + step]) for at in range(0, self.num_tokens, step)]

    @property
    def reply(self) -> str:
        """The reply's text, without the time stamp."""
        return "".join(self.chunks)


def stamp() -> str:
    """The first piece of a reply: when it was sent, in seconds of the machine's monotonic clock."""
    return f"@{time.monotonic():.6f}@"


def read_stamp(text: str) -> tuple[float, str]:
    """When a reply's first piece was sent, and the text after the stamp.

    Raises:
        ValueError: the text does not begin with a stamp.
    """
    _, seconds, rest = text.split("@", 2)
    return float(seconds), rest
