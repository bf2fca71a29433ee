"""What stands beside the composer: plain data for the page's script, in the page's language."""

from __future__ import annotations

from typing import TypedDict

from backend.chat.context import ContextUse
from backend.ui.texts import Language, say

NEARLY_FULL = 0.85  # of the context


class Meter(TypedDict):
    """How much of the context is in use; `fraction` is 0..1, or `None` where it is not known."""

    label: str
    text: str
    about: str
    fraction: float | None


class Composer(TypedDict):
    """The composer's line; without a conversation there is no meter."""

    settings: str
    meter: Meter | None


def composer(use: ContextUse | None, language: Language) -> Composer:
    """The line for a conversation that takes so much."""
    return Composer(
        settings=say("choices", language), meter=None if use is None else _meter(use, language)
    )


def _meter(use: ContextUse, language: Language) -> Meter:
    used, limit = use.num_tokens, use.max_model_len
    if limit is None:
        about = say("context.no_limit", language, used=used)
    else:
        key = "context.estimated" if use.is_estimate else "context.counted"
        about = say(key, language, used=used, limit=limit)
    if use.fraction is not None and use.fraction >= NEARLY_FULL:
        about += ("" if language == "zh-CN" else " ") + say("context.nearly_full", language)
    shown = f"≈ {used:,}" if use.is_estimate else f"{used:,}"
    return Meter(
        label=say("context", language),
        text=f"{shown} / {'—' if limit is None else f'{limit:,}'}",
        about=about,
        fraction=use.fraction,
    )
