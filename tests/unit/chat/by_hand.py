"""Time that passes when the test says so."""

from __future__ import annotations

import asyncio

from backend.chat.clock import FrameClock, Tempo


class TimeByHand:
    """A sleep, a clock and a CPU clock for a `FrameClock`."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.now = 0.0
        self.cpu = 0.0
        self._due = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._due.wait()
        self._due.clear()
        self.now += seconds

    async def tick(self) -> None:
        """Let the time pass that is slept now, and all that follows from it."""
        self._due.set()
        await settle()

    def clock(self, tempo: Tempo | None = None) -> FrameClock:
        return FrameClock(
            tempo, sleep=self.sleep, clock=lambda: self.now, cpu_clock=lambda: self.cpu
        )


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)
