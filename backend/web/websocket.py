"""A WebSocket that is written to at once, and cut off when its peer is gone or does not read.

Uvicorn closes a socket whose peer answers no ping, and then waits for what was sent to be read: of
a peer that has stopped reading, socket, buffers and session would stay for ever.
"""

from __future__ import annotations

from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from backend.network import WRITE_NOW


class WebSocket(WebSocketsSansIOProtocol):
    """Uvicorn's own, that does not wait for a peer that does not answer.

    The application finds `write_now` as `text` among the extensions of the connection's scope.
    """

    @override
    async def run_asgi(self) -> None:
        """Run the application for this connection."""
        ours: dict[object, object] = {"text": self.write_now}
        self.scope["extensions"] = {**(self.scope.get("extensions") or {}), WRITE_NOW: ours}
        await super().run_asgi()

    def write_now(self, text: str) -> bool:
        """Send a text past everything that lies around the application.

        Returns whether it was: not before the handshake's end, nor after the connection's, nor
        while the peer takes nothing.
        """
        if not (self.handshake_complete and self.writable.is_set()) or self.transport.is_closing():
            return False
        try:
            self.conn.send_text(text.encode())
        except InvalidState:
            return False
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def keepalive_timeout(self) -> None:
        """The peer has not answered a ping in time."""
        super().keepalive_timeout()
        self.transport.abort()
