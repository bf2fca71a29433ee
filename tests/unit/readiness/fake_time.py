"""A clock that stands still until the test lets time pass."""

from __future__ import annotations

import asyncio
import heapq
import itertools

SETTLING_TURNS = 60  # turns of the event loop in which everything that can go on has gone on


class FakeTime:
    """`await time.passes(5)`: five seconds, in which everybody who sleeps wakes in order."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        wakes = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._number), wakes))
        await wakes

    async def passes(self, seconds: float) -> None:
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            wakes_at, _, wakes = heapq.heappop(self._sleepers)
            if not wakes.done():
                self.now = wakes_at
                wakes.set_result(None)
                await settle()
        self.now = end


async def settle() -> None:
    """Let everything that is not asleep go on as far as it can."""
    for _ in range(SETTLING_TURNS):
        await asyncio.sleep(0)
