"""Frames: what arrived since the last one, for one page.

The first text of a reply goes out at once, the last without waiting for the clock; between, each
page sends when the clock ticks. A page whose socket is behind misses ticks and gets a larger frame,
so nothing piles up for it. What may be half of a character that people see, such as a flag, waits
for its other half, for one tick at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from backend.chat.clock import FrameClock
from backend.chat.graphemes import num_unsettled
from backend.chat.reply_log import ReplyLog

SendFrame = Callable[[str], Awaitable[None]]


class FrameReader:
    """Reads one reply log for one page.

    Args:
        log: what the turn writes.
        send: takes the next text to its page.
        resend: takes the whole text so far to a page that may have missed frames.
        is_behind: whether the page's socket has not yet taken what it was sent.
        position: in the log; the page has what is before it.
    """

    def __init__(
        self,
        log: ReplyLog,
        *,
        clock: FrameClock,
        send: SendFrame,
        resend: SendFrame,
        is_behind: Callable[[], bool],
        position: int = 0,
    ) -> None:
        self._log = log
        self._clock = clock
        self._send = send
        self._resend = resend
        self._is_behind = is_behind
        self._position = position
        self._held = ""  # the end of what was read: it may be half a character
        self._missed = False
        self._frame: asyncio.Future[None] | None = None

    def page_returned(self) -> None:
        """The page's socket dropped and is back: send it everything, once."""
        self._missed = True

    def finish(self) -> None:
        """The log is closed: send the rest now, without waiting for the clock."""
        if self._frame is not None and not self._frame.done():
            self._frame.set_result(None)

    async def run(self) -> None:
        """Send frames until the log is closed, and all of it is sent.

        A page that is behind at the end does not hold it up: it is shown the whole text then,
        in place of the reply that it has. One that may not have it gets it here in any case.
        """
        while True:
            if not self._held:
                await self._log.wait_beyond(self._position)
            must_have = self._missed and self._log.closed
            behind = self._is_behind() and not must_have
            if not behind:
                await self._send_frame()
            if self._log.closed and (behind or self._has_sent_all):
                return
            self._frame = self._clock.next_frame()
            await self._frame

    @property
    def _has_sent_all(self) -> bool:
        return self._position == self._log.num_pieces and not self._held

    async def _send_frame(self) -> None:
        if self._missed:
            self._missed, self._held = False, ""
            text, self._position = self._log.read()
            await self._resend(text)
            return
        new, self._position = self._log.read(self._position)
        text, self._held = self._held + new, ""
        if new and not self._log.closed and (num := num_unsettled(text)):
            text, self._held = text[:-num], text[-num:]
        if text:
            await self._send(text)
