"""A time-out whose clock is injected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


async def within(seconds: float, work: Coroutine[Any, Any, T], sleep: Sleep) -> T:
    """What `work` returns or raises; it is cancelled when the time is over, or the caller is.

    Raises:
        TimeoutError: `sleep(seconds)` returned first.
    """
    working = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(sleep(seconds))
    try:
        await asyncio.wait((working, timer), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise TimeoutError
        return working.result()
    finally:
        working.cancel()
        timer.cancel()
        await asyncio.gather(working, timer, return_exceptions=True)
