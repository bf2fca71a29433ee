"""The numbers of one reply: the engine's own counts, and times taken at our end of its socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from backend.llm.events import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyNumbers:
    """What was not reported or not seen is `None`, never a guess.

    `ttft_seconds` is of the attempt that succeeded: sent → first non-empty delta.
    `queue_seconds` is the engine's: how long that attempt waited in its queue, a part of the TTFT.
    `wait_seconds` is what came before that attempt: the gate, failed attempts, pauses between.
    `decode_seconds` is first → last piece of text.
    """

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    ttft_seconds: float | None = None
    queue_seconds: float | None = None
    wait_seconds: float = 0.0
    decode_seconds: float | None = None
    finish_reason: str | None = None
    stop_word: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Self:
        """What `as_json` gave, of this version or another."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in (stored or {}).items() if name in known})

    def as_json(self) -> dict[str, Any]:
        """What is known, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def tokens_per_second(self) -> float | None:
        """Decode rate, the first token excluded: (n − 1) ÷ (last − first)."""
        if not self.decode_seconds or self.output_tokens is None or self.output_tokens < 2:
            return None
        return (self.output_tokens - 1) / self.decode_seconds

    @property
    def tpot_seconds(self) -> float | None:
        """Time per output token: (last − first) ÷ (n − 1), as vLLM's benchmark defines it."""
        rate = self.tokens_per_second
        return 1 / rate if rate else None


class Stopwatch:
    """Takes a reply's times as its text arrives, and keeps what the engine reported.

    Args:
        started_at: when the turn began, on the same clock as all other times (seconds).
    """

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._sent_at: float | None = None
        self._first_text_at: float | None = None
        self._last_text_at: float | None = None
        self._usage: Usage | None = None
        self._finish_reason: str | None = None
        self._stop_word: str | None = None

    def sent(self, sent_at: float) -> None:
        """The attempt that succeeded was sent."""
        self._sent_at = sent_at

    def text(self, at: float) -> None:
        """Text has arrived."""
        if self._first_text_at is None:
            self._first_text_at = at
        self._last_text_at = at

    def usage(self, usage: Usage) -> None:
        """The engine's counts."""
        self._usage = usage

    def finished(self, finish_reason: str, stop_word: str | None = None) -> None:
        """The engine's reason to stop, and the stop word if one came."""
        self._finish_reason, self._stop_word = finish_reason, stop_word

    @property
    def finish_reason(self) -> str | None:
        """The engine's reason to stop, `None` while it has given none."""
        return self._finish_reason

    def numbers(self) -> ReplyNumbers:
        """What is known so far."""
        sent, first, last = self._sent_at, self._first_text_at, self._last_text_at
        usage = self._usage
        return ReplyNumbers(
            prompt_tokens=usage.prompt_tokens if usage else None,
            cached_tokens=usage.cached_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
            ttft_seconds=first - sent if sent is not None and first is not None else None,
            queue_seconds=usage.queue_seconds if usage else None,
            wait_seconds=sent - self._started_at if sent is not None else 0.0,
            decode_seconds=last - first if first is not None and last is not None else None,
            finish_reason=self._finish_reason,
            stop_word=self._stop_word,
        )
