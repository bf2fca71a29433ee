"""The reply log: what a turn has written so far, read by as many pages as want to.

A turn appends; a reader keeps a position of its own, so a dropped socket, a slow page or a second
tab changes nothing for the turn or for other readers.
"""

from __future__ import annotations

import asyncio


class ReplyLog:
    """Append-only text. A position is a count of pieces, so reading costs only what is new."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._closed = False
        self._news = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    @property
    def num_pieces(self) -> int:
        """The position of the end."""
        return len(self._pieces)

    def append(self, text: str) -> None:
        """Add a piece, not empty."""
        self._pieces.append(text)
        self._news.set()

    def close(self) -> None:
        """Say that nothing more will come."""
        self._closed = True
        self._news.set()

    def read(self, position: int = 0) -> tuple[str, int]:
        """The text from a position to the end, and the end's position."""
        return "".join(self._pieces[position:]), len(self._pieces)

    async def wait_beyond(self, position: int) -> None:
        """Return when there is text beyond the position, or the log is closed."""
        while len(self._pieces) <= position and not self._closed:
            self._news.clear()
            await self._news.wait()
