"""Awaiting a condition without asking again and again: whoever changes something says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes those who await a condition, after each change.

    Args:
        seen: what to show of the present state when a condition does not come true.
    """

    def __init__(self, seen: Callable[[], object]) -> None:
        self._seen = seen
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, holds: Callable[[], T], what: str, within_seconds: float) -> T:
        """The first true value of `holds`.

        Raises:
            AssertionError: it did not come in time; names `what`, and what was seen last.
        """
        try:
            async with asyncio.timeout(within_seconds):
                while not (value := holds()):
                    await self._next.wait()
                return value
        except TimeoutError:
            raise AssertionError(
                f"not within {within_seconds:g} s: {what}; seen last: {self._seen()}"
            ) from None
