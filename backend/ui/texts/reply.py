"""A reply's numbers in words: one quiet line, and the details on demand."""

from __future__ import annotations

from typing import TypedDict

from backend.chat.numbers import ReplyNumbers
from backend.ui.texts import Language, knows, say, seconds


class Numbers(TypedDict):
    """All numbers of a reply, as the page's script draws them: a label and a value in each row."""

    title: str
    rows: list[tuple[str, str]]


def numbers_line(numbers: ReplyNumbers, language: Language) -> str:
    """The one line under a reply. Unknown is a dash."""
    return say(
        "numbers.line",
        language,
        ttft=_duration(numbers.ttft_seconds, language),
        rate=_rate(numbers),
        output=numbers.output_tokens,
    )


def numbers_details(numbers: ReplyNumbers, language: Language) -> Numbers:
    """All numbers of a reply. Unknown is a dash."""
    values = {
        "ttft": _duration(numbers.ttft_seconds, language),
        "rate": _rate(numbers),
        "prompt": numbers.prompt_tokens,
        "cached": numbers.cached_tokens,
        "output": numbers.output_tokens,
        "queue": _duration(numbers.queue_seconds, language),
        "wait": _duration(numbers.wait_seconds, language),
        "finish": _finish(numbers, language),
    }
    return Numbers(
        title=say("numbers", language),
        rows=[
            (say(f"numbers.{name}", language), say(f"numbers.{name}.value", language, value=value))
            for name, value in values.items()
        ],
    )


def _duration(value: float | None, language: Language) -> str | None:
    return None if value is None else seconds(value, language)


def _rate(numbers: ReplyNumbers) -> str | None:
    rate = numbers.tokens_per_second
    if rate is None:
        return None
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"


def _finish(numbers: ReplyNumbers, language: Language) -> str | None:
    """The engine's own word and, where it is a usual one, what it means."""
    reason = numbers.finish_reason
    if numbers.stop_word is not None:
        return say("finish.stop_word", language, word=numbers.stop_word)
    return say(f"finish.{reason}", language) if knows(f"finish.{reason}") else reason
