"""A paced body: read at once, then at the ticks, then at once again; nothing is lost between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import httpx2
import pytest
from aiohttp.base_protocol import BaseProtocol

from backend.llm.paced import PacedBody, Source


class Socket(BaseProtocol):
    """The engine's socket: what arrives while it is closed comes when it is opened."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.content = aiohttp.StreamReader(self, limit=2**16, loop=asyncio.get_running_loop())
        self.is_open = True
        self._arrived: list[bytes | Exception | None] = []

    @property
    def connection(self) -> Socket:
        return self

    def arrive(self, *pieces: bytes | Exception | None) -> None:
        """Bytes, a failure, or the end of the body."""
        self._arrived += pieces
        self._bring()

    def resume_reading(self, resume_parser: bool = True) -> None:
        self.is_open = True
        self._bring()

    def pause_reading(self) -> None:
        self.is_open = False

    def release(self) -> None:
        self._arrived.clear()

    def _bring(self) -> None:
        while self.is_open and self._arrived:
            piece = self._arrived.pop(0)
            if piece is None:
                self.content.feed_eof()
            elif isinstance(piece, Exception):
                self.content.set_exception(piece)
            else:
                self.content.feed_data(piece)


@dataclass
class Ticks:
    """A clock that the test ticks."""

    sources: list[Source] = field(default_factory=list)

    def join(self, source: Source) -> None:
        self.sources.append(source)

    def leave(self, source: Source) -> None:
        self.sources.remove(source)

    async def tick(self) -> None:
        for source in self.sources:
            source.open()
        for source in self.sources:
            source.take()
        await settle()


@dataclass
class Reader:
    """Reads a body to its end, in a task; asks for the pace when it has the first piece, or not."""

    body: PacedBody
    paced: bool = False
    pieces: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for piece in self.body:
            self.pieces.append(piece)
            if self.paced:
                self.body.begin()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def body_of(socket: Socket, ticks: Ticks | None) -> PacedBody:
    socket.transport = cast(asyncio.Transport, socket)
    return PacedBody(cast(aiohttp.ClientResponse, socket), ticks)


@pytest.fixture
async def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def socket() -> Socket:
    return Socket()


@pytest.fixture
async def reader(socket: Socket, ticks: Ticks) -> AsyncIterator[Reader]:
    """A reader of a body that is paced from its first piece on."""
    reader = Reader(body_of(socket, ticks), paced=True)
    socket.arrive(b"first ")
    await settle()
    yield reader
    reader.task.cancel()


async def test_an_unpaced_body_is_read_as_it_comes(socket: Socket, ticks: Ticks) -> None:
    reader = Reader(body_of(socket, ticks))
    for piece in (b"a", b"b"):
        await settle()
        socket.arrive(piece)
    await settle()
    socket.arrive(None)
    await reader.task
    assert reader.pieces == [b"a", b"b"]
    assert ticks.sources == []


async def test_what_comes_between_ticks_is_one_piece(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    socket.arrive(b"a", b"b", b"c")
    await settle()
    assert reader.pieces == [b"first "]
    await ticks.tick()
    assert reader.pieces == [b"first ", b"abc"]


async def test_the_socket_is_closed_between_ticks(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    assert not socket.is_open
    socket.arrive(b"a")
    await ticks.tick()
    assert not socket.is_open


async def test_a_tick_without_news_wakes_nobody(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    await ticks.tick()
    assert reader.pieces == [b"first "]
    assert not reader.task.done()


async def test_what_a_busy_reader_did_not_take_waits_for_it(socket: Socket, ticks: Ticks) -> None:
    body = body_of(socket, ticks)
    body.begin()
    for piece in (b"a", b"b"):
        socket.arrive(piece)
        await ticks.tick()
    reader = Reader(body)
    await settle()
    assert reader.pieces == [b"ab"]
    reader.task.cancel()


async def test_the_end_of_a_body_is_seen_at_a_tick(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    socket.arrive(b"last", None)
    await settle()
    assert not reader.task.done()
    await ticks.tick()
    await reader.task
    assert reader.pieces == [b"first ", b"last"]


async def test_what_came_before_a_reset_is_not_lost(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    socket.arrive(b"last", aiohttp.ClientPayloadError("reset"))
    await ticks.tick()
    with pytest.raises(httpx2.ReadError):
        await reader.task
    assert reader.pieces == [b"first ", b"last"]


async def test_an_engine_that_falls_silent_is_a_read_time_out(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    socket.arrive(aiohttp.SocketTimeoutError("silent"))
    await ticks.tick()
    with pytest.raises(httpx2.ReadTimeout):
        await reader.task


async def test_it_is_read_at_once_again_when_that_is_asked(socket: Socket, ticks: Ticks) -> None:
    body = body_of(socket, ticks)
    body.begin()
    body.end()
    reader = Reader(body)
    socket.arrive(b"a")
    await settle()
    assert reader.pieces == [b"a"]
    assert ticks.sources == []
    reader.task.cancel()


async def test_closing_it_leaves_the_clock(socket: Socket, ticks: Ticks, reader: Reader) -> None:
    reader.task.cancel()
    await reader.body.aclose()
    await reader.body.aclose()
    assert ticks.sources == []


async def test_a_cancelled_reader_does_not_hurt_the_tick(
    socket: Socket, ticks: Ticks, reader: Reader
) -> None:
    reader.task.cancel()
    await settle()
    socket.arrive(b"a")
    await ticks.tick()
    assert reader.pieces == [b"first "]


async def test_without_a_clock_it_stays_unpaced(socket: Socket) -> None:
    body = body_of(socket, None)
    body.begin()
    reader = Reader(body)
    socket.arrive(b"a")
    await settle()
    assert reader.pieces == [b"a"]
    body.end()
    reader.task.cancel()
