"""How a chat completion of the fake engine goes: a script of small steps.

    Stream(Say("One two"), Finish(), Usage(), Done())       what `says("One two")` makes
    Stream(Say("One two"), Reset())                         the connection dies in mid-stream
    Stream(Say("One two"), Done())                          [DONE] without a finish reason
    Stream(Say("One"), Hang(), Say(" two"), Finish())       a stall, until `engine.release()`
    Stream(ErrorEvent(503), Done())                         refused inside a 200 (a full queue)
    HttpError(429, retry_after="2"), Html(), ResetBeforeHeaders(), HangBeforeHeaders()

The words of vLLM's errors are those of vLLM 0.32.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

ENGINE_DEAD = "EngineCore encountered an issue. See stack trace (above) for the root cause."
REASONS: dict[int, tuple[str, str]] = {
    400: ("BadRequestError", "The request is not valid."),
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "Forbidden"),
    404: ("NotFoundError", "Not Found"),
    408: ("RequestTimeout", "The request timed out."),
    409: ("Conflict", "The request conflicts with another one."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", ENGINE_DEAD),
    502: ("BadGateway", "Bad gateway."),
    503: ("ServiceUnavailableError", "The request queue is full."),
    504: ("GatewayTimeout", "Gateway time-out."),
}


def error_body(status: int, message: str = "", param: str | None = None) -> dict[str, Any]:
    """An error as vLLM shapes it, in an answer's body and inside a stream alike."""
    kind, words = REASONS[status]
    error = {"message": message or words, "type": kind, "param": param, "code": status}
    return {"error": error}


# -- steps of a stream ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Generate text, a word a token, `tokens_per_chunk` of them in one event.

    `tokens_per_second=None` is as fast as possible.
    """

    text: str
    tokens_per_second: float | None = None
    tokens_per_chunk: int = 1

    @property
    def tokens(self) -> list[str]:
        """Words with the space before them; joined they are the text."""
        return re.findall(r"\s*\S+(?:\s+$)?", self.text) or [self.text]


@dataclass(frozen=True)
class Pause:
    """Nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Hang:
    """Nothing until `engine.release()`, or until the client goes."""


@dataclass(frozen=True)
class Finish:
    """The event with the finish reason (`length` where `max_tokens` cut the text)."""

    reason: str = "stop"


@dataclass(frozen=True)
class Usage:
    """The usage event, where the request asked for it. `None`: counted, or left out."""

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    queue_seconds: float | None = None


@dataclass(frozen=True)
class Done:
    """`data: [DONE]`: says nothing about success."""


@dataclass(frozen=True)
class ErrorEvent:
    """An error inside a stream that began with 200."""

    status: int = 500
    message: str = ""


@dataclass(frozen=True)
class Reset:
    """A TCP reset."""


@dataclass(frozen=True)
class HangUp:
    """The connection is closed inside the chunked body, its end missing."""


Step = Say | Pause | Hang | Finish | Usage | Done | ErrorEvent | Reset | HangUp


# -- replies --------------------------------------------------------------------------------------


@dataclass(frozen=True, init=False)
class Stream:
    """A streamed answer. Its body ends well after the last step, whatever that was.

    `torn`: every multi-byte character is cut over two TCP segments.
    `keep_alive_seconds`: SSE comments that often, as with `--sse-keep-alive-interval`.
    """

    steps: tuple[Step, ...]
    torn: bool = False
    keep_alive_seconds: float | None = None

    def __init__(
        self, *steps: Step, torn: bool = False, keep_alive_seconds: float | None = None
    ) -> None:
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "torn", torn)
        object.__setattr__(self, "keep_alive_seconds", keep_alive_seconds)


@dataclass(frozen=True)
class HttpError:
    """An answer that is no 200; `message=""`: vLLM's own words."""

    status: int
    message: str = ""
    retry_after: str | None = None


@dataclass(frozen=True)
class Html:
    """The answer of a server that is no engine."""

    status: int = 200


@dataclass(frozen=True)
class ContextOverflow:
    """400: the prompt is longer than the model's context, in vLLM's sentence."""


@dataclass(frozen=True)
class ResetBeforeHeaders:
    """A TCP reset before a byte of the answer."""


@dataclass(frozen=True)
class HangBeforeHeaders:
    """No byte until `engine.release()`; then `then`."""

    then: Stream


Reply = Stream | HttpError | Html | ContextOverflow | ResetBeforeHeaders | HangBeforeHeaders


def says(
    text: str,
    *,
    wait_seconds: float = 0.0,
    tokens_per_second: float | None = None,
    tokens_per_chunk: int = 1,
    usage: Usage | Literal["none"] | None = None,
    finish_reason: str = "stop",
    torn: bool = False,
    keep_alive_seconds: float | None = None,
) -> Stream:
    """A whole answer, after `wait_seconds` before its first token; `usage="none"` omits it."""
    say = Say(text, tokens_per_second, tokens_per_chunk)
    count: tuple[Step, ...] = () if usage == "none" else (usage or Usage(),)
    wait: tuple[Step, ...] = (Pause(wait_seconds),) if wait_seconds else ()
    steps = (*wait, say, Finish(finish_reason), *count, Done())
    return Stream(*steps, torn=torn, keep_alive_seconds=keep_alive_seconds)


def numbered(
    word: str,
    num_tokens: int,
    *,
    tokens_per_second: float | None = None,
    tokens_per_chunk: int = 1,
) -> Stream:
    """`word.0 word.1 word.2 …`: shows what is missing, doubled or out of order."""
    text = " ".join(f"{word}.{number}" for number in range(num_tokens))
    return says(text, tokens_per_second=tokens_per_second, tokens_per_chunk=tokens_per_chunk)
