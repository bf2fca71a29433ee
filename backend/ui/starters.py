"""Questions that a new chat proposes."""

from __future__ import annotations

import chainlit as cl

from backend.ui.texts import language_of, say

_NAMES = ("explain", "plan", "code", "write")


def proposed(language: str | None) -> list[cl.Starter]:
    """The starters, in the language of the page."""
    spoken = language_of(language)
    return [
        cl.Starter(
            label=say(f"starter.{name}.label", spoken), message=say(f"starter.{name}", spoken)
        )
        for name in _NAMES
    ]
