"""The live panel: the engine in a few numbers, in the page's language."""

from __future__ import annotations

from typing import TypedDict

from backend.readiness.live import LiveNumbers
from backend.ui.texts import Language, say


class PanelItem(TypedDict):
    """One number with its word, and what it means."""

    text: str
    tip: str


class Panel(TypedDict):
    """What the panel shows, from left to right."""

    title: str
    items: list[PanelItem]


def panel(numbers: LiveNumbers, num_people: int, language: Language) -> Panel:
    """The panel for a moment.

    Args:
        numbers: of the engine.
        num_people: pages that are open at this chat.
        language: of the page.
    """
    rate = numbers.tokens_per_second
    values = {
        "people": num_people,
        "waiting": numbers.num_waiting,
        "rate": None if rate is None else f"{rate:,.0f}",
        "kv_cache": _percent(numbers.kv_cache_usage),
        "prefix": _percent(numbers.prefix_hit_rate),
    }
    items: list[PanelItem] = [
        {
            "text": say(f"panel.{name}", language, value=value),
            "tip": say(f"panel.{name}.tip", language),
        }
        for name, value in values.items()
    ]
    return {"title": say("panel", language), "items": items}


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f}"
