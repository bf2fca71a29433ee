"""A reply's numbers in words: one quiet line, and the details on demand."""

from __future__ import annotations

from backend.chat.numbers import ReplyNumbers
from backend.ui.texts import Language, say, seconds


def numbers_line(numbers: ReplyNumbers, language: Language) -> str:
    """The one line under a reply."""
    return say("numbers.line", language, **_values(numbers, language))


def numbers_details(numbers: ReplyNumbers, language: Language) -> str:
    """All numbers of a reply, in sentences. Unknown is a dash."""
    return say("numbers.details", language, **_values(numbers, language))


def _values(numbers: ReplyNumbers, language: Language) -> dict[str, str | int | None]:
    rate, ttft = numbers.tokens_per_second, numbers.ttft_seconds
    return {
        "prompt": numbers.prompt_tokens,
        "cached": numbers.cached_tokens,
        "output": numbers.output_tokens,
        "ttft": None if ttft is None else seconds(ttft, language),
        "wait": seconds(numbers.wait_seconds, language),
        "rate": None if rate is None else f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}",
        "finish": numbers.finish_reason,
    }
