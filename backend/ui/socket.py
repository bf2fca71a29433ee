"""One connection of a page, the short way.

socket.io's `emit` looks for rooms, makes a task for each member and waits for it: 80 µs an event,
five times all else that a frame of text needs. It ends in engine.io's queue of the connection. Here
an event goes into the same queue, or past it to the WebSocket while the queue is empty and its
writer waits for more: order holds between what goes one way and what goes another.
"""

from __future__ import annotations

from collections.abc import Callable
from json import JSONEncoder
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet
from socketio import AsyncServer

EVENT = "2"  # socket.io's packet type, before the JSON
TEXT = str(MESSAGE)  # engine.io's, before that

WriteNow = Callable[[str], bool]
"""Sends a text at once; false where it has to wait."""
WRITER_WAITS = "warmline_writer_waits"
"""Attribute of an `AsyncSocket`: all that was in its queue is written (`ui/shortcuts/writer`)."""
_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class PageSocket:
    """Chainlit's `session.emit` for one connection of a page.

    Args:
        server: Chainlit's socket.io server.
        sid: the connection, in the server's words.
        write_now: of its WebSocket, if it is one.
    """

    def __init__(self, server: AsyncServer, sid: str, write_now: WriteNow | None = None) -> None:
        self._server = server
        self._sid = sid
        self._write_now = write_now
        self._found: AsyncSocket | None = None  # of this connection for as long as it lives

    async def __call__(self, event: str, data: Any) -> None:
        """Send an event; it is dropped where the connection is gone, as by `emit`."""
        if (socket := self._socket) is None:
            return
        packet = EVENT + _encode([event, data])
        is_next = socket.queue.empty() and getattr(socket, WRITER_WAITS, False)
        if not (is_next and self._write_now is not None and self._write_now(TEXT + packet)):
            socket.queue.put_nowait(Packet(MESSAGE, packet))

    @property
    def is_behind(self) -> bool:
        """Whether packets wait, because the page does not take them as fast as they come."""
        socket = self._socket
        return socket is not None and not socket.queue.empty()

    @property
    def _socket(self) -> AsyncSocket | None:
        if self._found is None:
            eio_sid = self._server.manager.eio_sid_from_sid(self._sid, "/")
            self._found = self._server.eio.sockets.get(eio_sid)
        return None if self._found is None or self._found.closed else self._found
