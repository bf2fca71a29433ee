"""The garbage collector, kept from stopping everybody.

A full collection looks at every object. What a start builds lives as long as the process, and
looking at it stops all streams for 145 ms, so it is taken out of the collector's sight. Pages that
leave, though, leave cycles behind, 50 KB each, which only a full collection finds (40 ms of CPU for
1,000 open pages): one comes after every 1,500 pages or so, and whenever nobody waits for text.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

THRESHOLDS = (10_000, 5, 2)
"""New objects between two looks at the young ones, then as `gc.set_threshold` says. Python's own
700 is for small programs: a page that connects makes 500."""

EVERY_SECONDS = 60.0


def settle() -> None:
    """Take all that is there now out of the collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


async def collect_while_idle(
    is_idle: Callable[[], bool],
    *,
    collect: Callable[[], object] = gc.collect,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Collect every minute in which nobody waits; runs until it is cancelled."""
    while True:
        await sleep(EVERY_SECONDS)
        if is_idle():
            collect()
