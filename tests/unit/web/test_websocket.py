"""A peer that stops reading is cut off, on real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from backend.web.websocket import WebSocket

PING_SECONDS = 0.2
MORE_THAN_ALL_BUFFERS = 100  # messages of 1 MiB
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Flood:
    """Sends more than fits into any buffer, and notes how that ended."""

    def __init__(self) -> None:
        self.num_sent = 0
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            for _ in range(MORE_THAN_ALL_BUFFERS):
                await send({"type": "websocket.send", "text": "x" * 2**20})
                self.num_sent += 1
        finally:
            self.ended.set()


@asynccontextmanager
async def serving(app: Flood) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        log_config=None,
        ws=WebSocket,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def test_a_peer_that_stops_reading_is_cut_off() -> None:
    app = Flood()
    async with serving(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(HANDSHAKE)  # and never a read
            async with asyncio.timeout(10):
                await app.ended.wait()
    assert 0 < app.num_sent < MORE_THAN_ALL_BUFFERS
