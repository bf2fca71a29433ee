"""The bench's WebSocket client: frames in any pieces, against the rules of RFC 6455."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from backend.bench.frontend.websocket import WebSocket

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def frame(opcode: int, payload: bytes) -> bytes:
    """As a server sends it: not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


class Server:
    """Answers one connection with what it is told, and keeps what comes."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers
        self.got = bytearray()
        self.came = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for answer in self._answers:
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(0)
        while data := await reader.read(2**16):
            self.got += data
            self.came.set()
            if data[0] == 0x88:
                break
        writer.close()


async def connected(
    server: Server, check: Callable[[list[bytes]], bool] = bool
) -> tuple[WebSocket, list[bytes], asyncio.Server]:
    """A client that has got what `check` waits for."""
    got: list[bytes] = []
    enough = asyncio.Event()

    def on_message(_: float, payload: bytes) -> None:
        got.append(payload)
        if check(got):
            enough.set()

    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    client = WebSocket(on_message)
    await client.open("127.0.0.1", listening.sockets[0].getsockname()[1], "/")
    async with asyncio.timeout(5):
        await enough.wait()
    return client, got, listening


@pytest.mark.parametrize("size", [1, 125, 126, 65535, 65536])
async def test_messages_of_every_length_come_whole(size: int) -> None:
    message = b"x" * size
    client, got, listening = await connected(Server(ACCEPTED + frame(1, message)))
    assert got == [message]
    await client.close()
    listening.close()


async def test_messages_come_whole_in_any_pieces() -> None:
    data = ACCEPTED + frame(1, b"one") + frame(1, "zwei 模型".encode()) + frame(1, b"y" * 300)
    pieces = [data[at : at + 7] for at in range(0, len(data), 7)]
    client, got, listening = await connected(Server(*pieces), lambda got: len(got) == 3)
    assert got == [b"one", "zwei 模型".encode(), b"y" * 300]
    await client.close()
    listening.close()


async def test_a_ping_is_answered_with_its_payload() -> None:
    server = Server(ACCEPTED + frame(9, b"alive?") + frame(1, b"x"))
    client, _, listening = await connected(server)
    await server.came.wait()
    assert bytes(server.got) == b"\x8a\x86" + bytes(4) + b"alive?"
    await client.close()
    listening.close()


@pytest.mark.parametrize(("size", "head"), [(3, b"\x83"), (300, b"\xfe\x01\x2c")])
async def test_what_it_sends_is_masked(size: int, head: bytes) -> None:
    server = Server(ACCEPTED + frame(1, b"x"))
    client, _, listening = await connected(server)
    client.send("z" * size)
    await server.came.wait()
    assert bytes(server.got).startswith(b"\x81" + head + bytes(4) + b"zzz")
    await client.close()
    listening.close()


async def test_a_refusal_is_an_error() -> None:
    server = Server(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    client = WebSocket(lambda at, payload: None)
    with pytest.raises(ConnectionError, match="403"):
        await client.open("127.0.0.1", listening.sockets[0].getsockname()[1], "/")
    await client.close()
    listening.close()
