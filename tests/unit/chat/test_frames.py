"""Frames: the first text at once, then one frame a tick, the last without delay."""

from __future__ import annotations

import asyncio

from backend.chat.frames import FrameClock, FrameReader
from backend.chat.reply_log import ReplyLog


class ByHand:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._due = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._due.wait()
        self._due.clear()

    async def tick(self) -> None:
        self._due.set()
        await settle()


class PageOf:
    """A page that keeps its frames, and can be slow."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.whole: list[str] = []
        self.takes_frames = asyncio.Event()
        self.takes_frames.set()

    async def send(self, text: str) -> None:
        self.frames.append(text)
        await self.takes_frames.wait()

    async def resend(self, text: str) -> None:
        self.whole.append(text)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def read(log: ReplyLog, page: PageOf, time: ByHand) -> tuple[FrameReader, asyncio.Task[None]]:
    clock = FrameClock(frames_per_second=20, sleep=time.sleep)
    reader = FrameReader(log, clock=clock, send=page.send, resend=page.resend)
    return reader, asyncio.create_task(reader.run())


async def test_the_first_text_goes_out_at_once() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    _, reading = read(log, page, time)
    log.append("Hello")
    await settle()
    assert page.frames == ["Hello"]
    log.close()
    await time.tick()
    await reading


async def test_what_comes_between_ticks_is_one_frame() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    _, reading = read(log, page, time)
    log.append("a")
    await settle()
    for piece in "bcd":
        log.append(piece)
        await settle()
    assert page.frames == ["a"]
    await time.tick()
    assert page.frames == ["a", "bcd"]
    assert time.asked[0] == 1 / 20
    log.close()
    await time.tick()
    await reading


async def test_a_slow_page_gets_a_larger_frame() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    _, reading = read(log, page, time)
    page.takes_frames.clear()
    log.append("a")
    await settle()
    for piece in "bcd":
        log.append(piece)
        await time.tick()
    assert page.frames == ["a"]
    page.takes_frames.set()
    await time.tick()
    await time.tick()
    assert page.frames == ["a", "bcd"]
    log.close()
    await time.tick()
    await reading


async def test_reading_ends_with_the_log_and_loses_nothing() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    log.append("a")
    log.append("b")
    log.close()
    _, reading = read(log, page, time)
    await reading
    assert page.frames == ["ab"]


async def test_an_empty_reply_sends_nothing() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    log.close()
    _, reading = read(log, page, time)
    await reading
    assert page.frames == []


async def test_a_page_that_is_back_gets_all_text_once_and_then_what_is_new() -> None:
    log, page, time = ReplyLog(), PageOf(), ByHand()
    reader, reading = read(log, page, time)
    log.append("one ")
    await settle()
    log.append("two ")
    reader.page_returned()
    await time.tick()
    assert page.whole == ["one two "]
    log.append("three")
    log.close()
    await time.tick()
    await reading
    assert page.frames == ["one ", "three"]


async def test_one_tick_serves_all_who_wait() -> None:
    time = ByHand()
    clock = FrameClock(frames_per_second=10, sleep=time.sleep)
    both = asyncio.gather(clock.next_frame(), clock.next_frame())
    await settle()
    assert time.asked == [0.1]
    await time.tick()
    await both
