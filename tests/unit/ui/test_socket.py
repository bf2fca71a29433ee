"""The short way to a page: the same packets as by socket.io's own `emit`, in the same queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import CLOSE, Packet
from socketio import AsyncServer

from backend.ui.shortcuts.writer import waiting_packets
from backend.ui.socket import PageSocket, WriteNow

EVENTS: list[tuple[str, Any]] = [
    ("task_start", {}),
    ("stream_token", {"id": "1", "token": 'a "b" \\ \n', "isSequence": False}),
    ("new_message", {"output": "你好 👩‍👩‍👧‍👦", "end": None, "n": [1, 2.5]}),
    ("toast", "plain text"),
]


class Connection:
    """A page's connection inside a socket.io server, without a network."""

    def __init__(self) -> None:
        self.server = AsyncServer(async_mode="asgi")
        self.socket = AsyncSocket(self.server.eio, "eio")
        self.server.eio.sockets["eio"] = self.socket
        self.sid = ""

    async def connect(self, write_now: WriteNow | None = None) -> PageSocket:
        self.sid = await self.server.manager.connect("eio", "/")
        return PageSocket(self.server, self.sid, write_now)

    def sent(self) -> str:
        """What would go out next."""
        encoded: str = self.socket.queue.get_nowait().encode()
        return encoded


@pytest.mark.parametrize(("event", "data"), EVENTS)
async def test_it_sends_what_emit_sends(event: str, data: object) -> None:
    connection = Connection()
    page = await connection.connect()
    await connection.server.emit(event, data, to=connection.sid)
    by_emit = Packet(encoded_packet=connection.sent())
    await page(event, data)
    ours = Packet(encoded_packet=connection.sent())
    decode = connection.server.packet_class
    packets = [decode(encoded_packet=packet.data) for packet in (by_emit, ours)]
    assert packets[0].data == packets[1].data == [event, data]
    assert [packet.packet_type for packet in (by_emit, ours)] == [4, 4]


async def test_text_is_sent_as_it_is_and_not_escaped() -> None:
    connection = Connection()
    page = await connection.connect()
    await page("stream_token", {"token": "模型"})
    assert "模型" in connection.sent()


async def test_a_page_is_behind_while_packets_wait() -> None:
    connection = Connection()
    page = await connection.connect()
    states = [page.is_behind]
    await page("task_start", {})
    states.append(page.is_behind)
    connection.sent()
    states.append(page.is_behind)
    assert states == [False, True, False]


async def test_what_is_sent_to_a_connection_that_is_gone_is_dropped() -> None:
    connection = Connection()
    page = await connection.connect()
    connection.socket.closed = True
    await page("task_start", {})
    assert connection.socket.queue.empty()
    del connection.server.eio.sockets["eio"]
    await page("task_start", {})
    assert not page.is_behind


async def test_a_writer_gets_all_packets_that_wait() -> None:
    connection = Connection()
    packets = [Packet(CLOSE), Packet(CLOSE)]
    for packet in packets:
        connection.socket.queue.put_nowait(packet)
    assert await waiting_packets(connection.socket) == packets
    await connection.socket.queue.join()


async def test_a_writer_gets_what_came_before_the_end_and_then_nothing() -> None:
    connection = Connection()
    packet = Packet(CLOSE)
    for each in (packet, None):
        connection.socket.queue.put_nowait(each)
    assert await waiting_packets(connection.socket) == [packet]
    assert await waiting_packets(connection.socket) == []


class Wire:
    """What was written at once, while there is room for it."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.has_room = True

    def write_now(self, text: str) -> bool:
        if self.has_room:
            self.written.append(text)
        return self.has_room


async def test_while_the_writer_waits_an_event_is_written_at_once() -> None:
    connection, wire = Connection(), Wire()
    page = await connection.connect(wire.write_now)
    writing = asyncio.create_task(waiting_packets(connection.socket))
    await asyncio.sleep(0)
    await page("toast", "first")
    await page("toast", "second")
    assert wire.written == ['42["toast","first"]', '42["toast","second"]']
    assert connection.socket.queue.empty()
    writing.cancel()


async def test_nothing_overtakes_what_is_in_the_queue() -> None:
    connection, wire = Connection(), Wire()
    page = await connection.connect(wire.write_now)
    await page("toast", "before the writer is there")
    writing = asyncio.create_task(waiting_packets(connection.socket))
    await page("toast", "behind it")
    assert [packet.encode() for packet in await writing] == [
        '42["toast","before the writer is there"]',
        '42["toast","behind it"]',
    ]
    await page("toast", "while the writer sends")
    assert connection.sent() == '42["toast","while the writer sends"]'
    assert wire.written == []


async def test_what_has_no_room_goes_into_the_queue() -> None:
    connection, wire = Connection(), Wire()
    page = await connection.connect(wire.write_now)
    writing = asyncio.create_task(waiting_packets(connection.socket))
    await asyncio.sleep(0)
    wire.has_room = False
    await page("toast", "a page that takes nothing")
    [packet] = await writing
    assert packet.encode() == '42["toast","a page that takes nothing"]'
