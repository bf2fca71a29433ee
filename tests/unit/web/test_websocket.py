"""Writing at once, and a peer that stops reading, on real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.network import WRITE_NOW
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
async def serving(app: ASGIApp) -> AsyncIterator[int]:
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


class AtOnce:
    """Writes at once where it may, and notes when it might not."""

    def __init__(self) -> None:
        self.might: list[bool] = []
        self.full = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        write_now = scope["extensions"][WRITE_NOW]["text"]
        await receive()
        self.might.append(write_now("too early"))
        await send({"type": "websocket.accept"})
        self.might.append(write_now("at once: 模型"))
        await send({"type": "websocket.send", "text": "and after it"})
        for _ in range(MORE_THAN_ALL_BUFFERS):
            if not write_now("x" * 2**20):
                break
        self.full.set()
        await receive()
        self.might.append(write_now("too late"))


async def test_a_text_is_written_at_once_and_in_order_where_there_is_room() -> None:
    app = AtOnce()
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(HANDSHAKE)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        first, second = "at once: 模型".encode(), b"and after it"
        came = await reader.readexactly(2 + len(first) + 2 + len(second))
        await app.full.wait()
        writer.close()
    assert came == bytes((0x81, len(first))) + first + bytes((0x81, len(second))) + second
    assert app.might == [False, True, False]
