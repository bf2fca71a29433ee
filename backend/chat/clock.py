"""One clock for the process: at each tick the engine's streams are read and pages get a frame.

    sockets opened → what has arrived is read → sockets closed → turns append → frames go out

Between two ticks nothing wakes up for a token. The clock is as fast as its share of a core allows:
few people get many frames, many people fewer, never less than the slowest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.llm.paced import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How often the clock ticks.

    Attributes:
        fastest: ticks a second while there is little to do; more is not seen by a reader.
        slowest: ticks a second that are held whatever there is to do.
        core_share: of one core that the process may use before ticks become fewer. The rest is
            for turns that start, and for the engine, if it lives on the same machine.
    """

    fastest: float = 25.0
    slowest: float = 9.5
    core_share: float = 0.15

    def period_seconds(self, cpu_seconds: float) -> float:
        """Time to the next tick, after a period that took so much CPU time."""
        wanted = cpu_seconds / self.core_share
        return min(max(wanted, 1 / self.fastest), 1 / self.slowest)


class FrameClock:
    """Ticks while there is somebody to serve, and sleeps otherwise.

    Args:
        tempo: how often.
        sleep: waits seconds.
        clock: monotonic seconds.
        cpu_clock: CPU time of the event loop's thread, in seconds.
    """

    def __init__(
        self,
        tempo: Tempo | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._tempo = tempo or Tempo()
        self._sleep = sleep
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._sources: dict[Source, None] = {}  # in the order of joining
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    def join(self, source: Source) -> None:
        """Read the source at each tick."""
        self._sources[source] = None
        self._run_while_needed()

    def leave(self, source: Source) -> None:
        """Read it no more."""
        self._sources.pop(source, None)

    def next_frame(self) -> asyncio.Future[None]:
        """Done at the end of the next tick, when all that has arrived is in the reply logs.

        Whoever waits may set it earlier.
        """
        frame: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(frame)
        self._run_while_needed()
        return frame

    def _run_while_needed(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="frame-clock")

    async def _run(self) -> None:
        try:
            cpu_at, due_at = self._cpu_clock(), self._clock()
            period_seconds = self._tempo.period_seconds(0.0)
            while self._sources or self._waiting:
                due_at = max(due_at + period_seconds, self._clock())
                await self._sleep(due_at - self._clock())
                await self._tick()
                cpu_before, cpu_at = cpu_at, self._cpu_clock()
                period_seconds = self._tempo.period_seconds(cpu_at - cpu_before)
        finally:
            self._task = None

    async def _tick(self) -> None:
        for source in self._sources:
            source.open()
        await asyncio.sleep(0)  # to where the loop looks at its sockets,
        await asyncio.sleep(0)  # and past it
        for source in self._sources:
            source.take()
        await asyncio.sleep(0)  # turns append what came
        waiting, self._waiting = self._waiting, []
        for frame in waiting:
            if not frame.done():
                frame.set_result(None)
