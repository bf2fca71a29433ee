"""What a streamed chat completion says, as a union told apart by a literal `type`.

`parse` turns one SSE payload (the bytes after `data: `) into events. One payload may hold many
tokens (`--stream-interval`), so a `TextDelta` is a piece of text and never "a token".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, never empty."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Usage:
    """The engine's own counts, in tokens; `None` where it did not report one."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    type: Literal["usage"] = "usage"


@dataclass(frozen=True, slots=True)
class Finished:
    """The engine says why it stopped: `stop`, `length` or another reason."""

    finish_reason: str
    type: Literal["finished"] = "finished"


Event = TextDelta | Usage | Finished
