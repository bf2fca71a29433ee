"""What a streamed chat completion says, as a union told apart by a literal `type`.

`parse` turns one SSE payload (the bytes after `data: `) into events. One payload may hold many
tokens (`--stream-interval`), so a `TextDelta` is a piece of text and never "a token".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from jiter import from_json

from backend.errors import NotAnEngineError
from backend.llm import failures

DONE = b"[DONE]"
"""The last payload of a stream. It comes after an error too: it says nothing about success."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, never empty."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Usage:
    """The engine's own counts, in tokens; `None` where it did not report one.

    `queue_seconds` is how long the request waited in the engine for its turn
    (`--enable-per-request-metrics`).
    """

    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    queue_seconds: float | None = None
    type: Literal["usage"] = "usage"


@dataclass(frozen=True, slots=True)
class Finished:
    """The engine says why it stopped: `stop`, `length` or another reason.

    `stop_word` is the word of the request's `stop` that came, if one did.
    """

    finish_reason: str
    stop_word: str | None = None
    type: Literal["finished"] = "finished"


Event = TextDelta | Usage | Finished


def parse(payload: bytes) -> list[Event]:
    """The events in one SSE payload of a streamed chat completion, in order; none for `[DONE]`.

    Raises:
        EngineError: the payload is an error event; its kind follows the event's code.
        NotAnEngineError: the payload is no JSON, or none of a chat completion.
    """
    if payload == DONE:
        return []
    try:
        chunk = from_json(payload)
    except ValueError:
        raise NotAnEngineError("an event that is no JSON") from None
    try:
        if error := chunk.get("error"):
            raise failures.of_event(error)
        return _events(chunk)
    except (AttributeError, TypeError):
        raise NotAnEngineError("an event of another shape") from None


def _events(chunk: dict[str, Any]) -> list[Event]:
    events: list[Event] = []
    for choice in chunk.get("choices") or ():
        if text := (choice.get("delta") or {}).get("content"):
            events.append(TextDelta(text))
        if finish_reason := choice.get("finish_reason"):
            word = choice.get("stop_reason")  # a token's id for some models' own end
            events.append(Finished(finish_reason, word if isinstance(word, str) else None))
    if usage := chunk.get("usage"):
        events.append(_usage(usage, chunk.get("metrics") or {}))
    return events


def _usage(usage: dict[str, Any], metrics: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    queue_milliseconds = metrics.get("queue_time_ms")
    return Usage(
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
        cached_tokens=details.get("cached_tokens"),
        queue_seconds=None if queue_milliseconds is None else queue_milliseconds / 1000,
    )
