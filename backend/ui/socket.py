"""One connection of a page, the short way: packets go straight into engine.io's queue of it.

socket.io's `emit` looks for rooms, makes a task for each member and waits for it: 80 µs an event,
five times all else that a frame of text needs. It ends in the same queue, so order holds between
what goes this way and what goes the other.
"""

from __future__ import annotations

from json import JSONEncoder
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet
from socketio import AsyncServer

EVENT = "2"  # socket.io's packet type, before the JSON
_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class PageSocket:
    """Chainlit's `session.emit` for one connection of a page.

    Args:
        server: Chainlit's socket.io server.
        sid: the connection, in the server's words.
    """

    def __init__(self, server: AsyncServer, sid: str) -> None:
        self._server = server
        self._sid = sid
        self._found: AsyncSocket | None = None  # of this connection for as long as it lives

    async def __call__(self, event: str, data: Any) -> None:
        """Send an event; it is dropped where the connection is gone, as by `emit`."""
        if (socket := self._socket) is not None:
            socket.queue.put_nowait(Packet(MESSAGE, EVENT + _encode([event, data])))

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
