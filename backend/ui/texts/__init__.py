"""The only place that makes sentences for people, in English and in Simplified Chinese.

`say` fills a template by its key. Keys of errors are their kinds (`backend/errors.py`), so every
error has a sentence in both languages; a test compares the tables.
"""

from __future__ import annotations

from typing import Literal

from backend.errors import RetriesExhaustedError, Value, WarmlineError
from backend.ui.texts.en import SENTENCES as EN
from backend.ui.texts.zh_cn import SENTENCES as ZH_CN

Language = Literal["en", "zh-CN"]
_TABLES: dict[Language, dict[str, str]] = {"en": EN, "zh-CN": ZH_CN}


def language_of(accepted: str | None) -> Language:
    """Simplified Chinese for a browser that asks for Chinese first, otherwise English."""
    return "zh-CN" if (accepted or "").strip().lower().startswith("zh") else "en"


def say(key: str, language: Language, **values: Value | None) -> str:
    """The sentence of a key.

    Raises:
        KeyError: no such sentence, or a value that it names is missing.
    """
    shown = {name: _shown(value, language) for name, value in values.items()}
    return _TABLES[language][key].format(**shown)


def knows(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in EN


def describe(error: WarmlineError, language: Language) -> str:
    """One sentence that a person understands, for any error of ours."""
    if isinstance(error, RetriesExhaustedError):
        cause = describe(error.last, language)
        return say(error.kind, language, cause=cause, **error.values)
    key = error.kind
    reason = error.values.get("reason")
    if isinstance(reason, str) and knows(f"{key}.{reason}"):
        key = f"{key}.{reason}"
    try:
        return say(key, language, **error.values)
    except KeyError:  # a value is not known: the sentence without values
        return say(f"{key}.plain" if knows(f"{key}.plain") else "internal", language)


def ordinal(number: int, language: Language) -> str:
    """`3rd` or `第 3 次` (of tries)."""
    if language == "zh-CN":
        return f"第 {number} 次"
    last = number % 100
    ending = "th" if 10 < last < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def seconds(value: float, language: Language) -> str:
    """A duration in a few characters: `0.21 s`, `4 s`, `2 min 5 s`."""
    if value < 0.995:
        text = f"{value:.2f}"
    elif value < 9.95:
        text = f"{value:.1f}".removesuffix(".0")
    else:
        whole = round(value)
        minutes, rest = divmod(whole, 60)
        if minutes:
            return f"{minutes} 分 {rest} 秒" if language == "zh-CN" else f"{minutes} min {rest} s"
        text = str(whole)
    return f"{text} 秒" if language == "zh-CN" else f"{text} s"


def _shown(value: Value | None, language: Language) -> str:
    if value is None:
        return "—"
    if isinstance(value, tuple):
        return ("、" if language == "zh-CN" else ", ").join(value)
    if isinstance(value, float):
        return seconds(value, language)
    if isinstance(value, int):
        return f"{value:,}"
    return value
