"""An engine as bytes on real sockets, and our client of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx2

from backend.llm.client import EngineClient
from tests.fakes.server import reset

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"

Script = Callable[["Connection"], Awaitable[None]]
MakeClient = Callable[[str], httpx2.AsyncClient]


class Connection:
    """The engine's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def take_request(self) -> bytes:
        """The request line."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if b"content-length" in line)
        await self._reader.readexactly(int(length.split(b":")[1]))
        return head.split(b"\r\n")[0]

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def stream(self, *events: bytes) -> None:
        await self.send(*(b"%x\r\n%b\r\n" % (len(event), event) for event in events))

    async def until_closed(self) -> None:
        """Returns when the client has closed the connection."""
        with suppress(ConnectionError):
            await self._reader.read()

    def reset(self) -> None:
        reset(self._writer.transport)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """The base URL of a server that plays the script on each connection."""

    players: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(Connection(reader, writer))
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        players.add(asyncio.create_task(play(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    await asyncio.gather(*players)


@asynccontextmanager
async def client_of(
    make_client: MakeClient, base_url: str, *, timeout_seconds: float = 10.0
) -> AsyncIterator[EngineClient]:
    client = EngineClient(
        base_url,
        first_token_timeout_seconds=timeout_seconds,
        idle_timeout_seconds=timeout_seconds,
        http_client=make_client(base_url),
    )
    try:
        yield client
    finally:
        await client.close()
