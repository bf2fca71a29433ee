"""A WebSocket whose peer is gone, or does not read, is cut off.

Uvicorn closes a socket whose peer answers no ping, and then waits for what was sent to be read: of
a peer that has stopped reading, socket, buffers and session would stay for ever.
"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class WebSocket(WebSocketsSansIOProtocol):
    """Uvicorn's own, that does not wait for a peer that does not answer."""

    def keepalive_timeout(self) -> None:
        """The peer has not answered a ping in time."""
        super().keepalive_timeout()
        self.transport.abort()
