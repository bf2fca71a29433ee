"""The clock: sources are read together at its ticks; its tempo follows what the process does."""

from __future__ import annotations

import asyncio

import pytest

from backend.chat.clock import FrameClock, Tempo
from tests.unit.chat.by_hand import TimeByHand, settle

TEMPO = Tempo(fastest=25, slowest=10, core_share=0.2)


class Recorded:
    """A source that writes down what is done to it."""

    def __init__(self, name: str, done: list[str]) -> None:
        self._name = name
        self._done = done

    def open(self) -> None:
        self._done.append(f"open {self._name}")

    def take(self) -> None:
        self._done.append(f"take {self._name}")


async def test_a_tick_opens_all_sources_then_takes_from_all() -> None:
    time, done = TimeByHand(), list[str]()
    clock = time.clock()
    for name in "ab":
        clock.join(Recorded(name, done))
    await settle()
    assert done == []
    await time.tick()
    assert done == ["open a", "open b", "take a", "take b"]


async def test_the_loop_looks_at_its_sockets_between_opening_and_taking() -> None:
    time, done = TimeByHand(), list[str]()
    reader, writer = await _connected_pair()
    writer.write(b"x")

    class Socket(Recorded):
        def open(self) -> None:
            reader.resume_reading()

        def take(self) -> None:
            reader.pause_reading()
            done.extend(reader.got)

    reader.pause_reading()
    time.clock().join(Socket("socket", done))
    await settle()
    await time.tick()
    assert done == ["x"]
    reader.close()
    writer.close()


async def test_frames_go_out_after_all_sources_were_read_and_their_readers_ran() -> None:
    time, done = TimeByHand(), list[str]()
    clock = time.clock()
    woken = asyncio.Event()

    class Waking(Recorded):
        def take(self) -> None:
            super().take()
            woken.set()

    async def turn() -> None:
        await woken.wait()
        done.append("append")

    async def page() -> None:
        await clock.next_frame()
        done.append("frame")

    clock.join(Waking("a", done))
    both = asyncio.gather(page(), turn())
    await settle()
    await time.tick()
    await both
    assert done == ["open a", "take a", "append", "frame"]


async def test_a_source_that_left_is_read_no_more() -> None:
    time, done = TimeByHand(), list[str]()
    clock = time.clock()
    source, other = Recorded("a", done), Recorded("b", done)
    clock.join(source)
    clock.join(other)
    clock.leave(source)
    clock.leave(source)
    await settle()
    await time.tick()
    assert done == ["open b", "take b"]


async def test_it_sleeps_while_there_is_nobody_to_serve_and_goes_on_when_there_is() -> None:
    time = TimeByHand()
    clock = time.clock()
    for _ in range(2):
        frame = clock.next_frame()
        await settle()
        await time.tick()
        await frame
        await settle()
        assert not [t for t in asyncio.all_tasks() if t.get_name() == "frame-clock"]


async def test_who_is_cancelled_while_waiting_leaves_the_others_their_frame() -> None:
    time = TimeByHand()
    clock = time.clock()
    gone, there = clock.next_frame(), clock.next_frame()
    await settle()
    gone.cancel()
    await time.tick()
    await there
    assert gone.cancelled()


async def test_one_tick_serves_all_who_wait() -> None:
    time = TimeByHand()
    clock = time.clock(TEMPO)
    both = asyncio.gather(clock.next_frame(), clock.next_frame())
    await settle()
    assert time.asked == [pytest.approx(1 / 25)]
    await time.tick()
    await both


async def test_ticks_are_fewer_as_the_process_has_more_to_do() -> None:
    time = TimeByHand()
    clock = time.clock(TEMPO)
    clock.join(Recorded("a", []))
    await settle()
    for cpu_seconds in (0.001, 0.012, 0.5):
        time.cpu += cpu_seconds
        await time.tick()
    assert time.asked == pytest.approx([1 / 25, 1 / 25, 0.012 / 0.2, 1 / 10])


async def test_a_late_tick_is_not_made_up_for() -> None:
    time = TimeByHand()
    clock = time.clock(TEMPO)
    clock.join(Recorded("a", []))
    await settle()
    time.now += 10  # the loop was blocked
    await time.tick()
    await time.tick()
    assert time.asked[1:] == pytest.approx([0.0, 1 / 25])


async def test_with_real_time_it_ticks_as_often_as_it_says() -> None:
    loop = asyncio.get_running_loop()
    clock = FrameClock(Tempo(fastest=100, slowest=100))
    began_at = loop.time()
    for _ in range(10):
        await clock.next_frame()
    assert loop.time() - began_at >= 0.095


class _Reader(asyncio.Protocol):
    def __init__(self) -> None:
        self.got: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.close = transport.close

    def data_received(self, data: bytes) -> None:
        self.got.append(data.decode())


async def _connected_pair() -> tuple[_Reader, asyncio.WriteTransport]:
    """A reader, and the transport of who writes to it."""
    import socket

    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(_Reader, sock=ours)
    writer, _ = await loop.create_connection(asyncio.Protocol, sock=theirs)
    return reader, writer
