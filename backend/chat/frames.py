"""One clock for the process: it says when a page may have its next frame of text.

A frame is what arrived since the last one. The first text of a reply goes out at once, the last
without waiting for the clock; between, each page sends when the clock ticks. A page that is slow to
take a frame misses ticks and gets a larger one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from backend.chat.reply_log import ReplyLog

SendFrame = Callable[[str], Awaitable[None]]


class FrameClock:
    """Ticks while somebody waits for it, and sleeps otherwise.

    Args:
        frames_per_second: ticks a second.
        sleep: how to wait (seconds).
    """

    def __init__(
        self,
        frames_per_second: float = 25.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._period_seconds = 1.0 / frames_per_second
        self._sleep = sleep
        self._tick: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def next_frame(self) -> None:
        """Return at the next tick."""
        if self._tick is None:
            self._tick = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._tick_once(self._tick), name="frame-clock")
        await asyncio.shield(self._tick)

    async def _tick_once(self, tick: asyncio.Future[None]) -> None:
        try:
            await self._sleep(self._period_seconds)
        finally:
            self._tick = None
            if not tick.done():
                tick.set_result(None)


class FrameReader:
    """Reads one reply log for one page.

    Args:
        log: what the turn writes.
        send: takes the next text to its page.
        resend: takes the whole text so far to a page that may have missed frames.
    """

    def __init__(
        self, log: ReplyLog, *, clock: FrameClock, send: SendFrame, resend: SendFrame
    ) -> None:
        self._log = log
        self._clock = clock
        self._send = send
        self._resend = resend
        self._position = 0
        self._missed = False

    def page_returned(self) -> None:
        """The page's socket dropped and is back: send it everything, once."""
        self._missed = True

    async def run(self) -> None:
        """Send frames until the log is closed and all of it is sent."""
        while True:
            await self._log.wait_beyond(self._position)
            await self._send_frame()
            if self._log.closed and self._position == self._log.num_pieces:
                return
            await self._clock.next_frame()

    async def _send_frame(self) -> None:
        if self._missed:
            self._missed = False
            text, self._position = self._log.read()
            await self._resend(text)
            return
        text, self._position = self._log.read(self._position)
        if text:
            await self._send(text)
