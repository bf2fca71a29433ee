"""Frames: the first text at once, then one frame a tick, the last without delay."""

from __future__ import annotations

import asyncio

from backend.chat.frames import FrameReader
from backend.chat.reply_log import ReplyLog
from tests.unit.chat.by_hand import TimeByHand, settle


class PageOf:
    """A page that keeps its frames, and can be behind."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.whole: list[str] = []
        self.behind = False

    async def send(self, text: str) -> None:
        self.frames.append(text)

    async def resend(self, text: str) -> None:
        self.whole.append(text)


def read(log: ReplyLog, page: PageOf, time: TimeByHand) -> tuple[FrameReader, asyncio.Task[None]]:
    reader = FrameReader(
        log,
        clock=time.clock(),
        send=page.send,
        resend=page.resend,
        is_behind=lambda: page.behind,
    )
    return reader, asyncio.create_task(reader.run())


async def test_the_first_text_goes_out_at_once() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    _, reading = read(log, page, time)
    log.append("Hello")
    await settle()
    assert page.frames == ["Hello"]
    log.close()
    await time.tick()
    await reading


async def test_what_comes_between_ticks_is_one_frame() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    _, reading = read(log, page, time)
    log.append("a")
    await settle()
    for piece in "bcd":
        log.append(piece)
        await settle()
    assert page.frames == ["a"]
    await time.tick()
    assert page.frames == ["a", "bcd"]
    log.close()
    await time.tick()
    await reading


async def test_a_page_that_is_behind_gets_a_larger_frame_when_it_has_caught_up() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    _, reading = read(log, page, time)
    log.append("a")
    await settle()
    page.behind = True
    for piece in "bcd":
        log.append(piece)
        await time.tick()
    assert page.frames == ["a"]
    page.behind = False
    await time.tick()
    assert page.frames == ["a", "bcd"]
    log.close()
    await time.tick()
    await reading


async def test_a_page_that_is_behind_does_not_hold_up_the_end() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    page.behind = True
    _, reading = read(log, page, time)
    log.append("a")
    log.close()
    await reading
    assert page.frames == []


async def test_the_last_text_does_not_wait_for_the_clock() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    reader, reading = read(log, page, time)
    log.append("a")
    await settle()
    log.append("b")
    log.close()
    reader.finish()
    await reading
    assert page.frames == ["a", "b"]


async def test_reading_ends_with_the_log_and_loses_nothing() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    log.append("a")
    log.append("b")
    log.close()
    _, reading = read(log, page, time)
    await reading
    assert page.frames == ["ab"]


async def test_an_empty_reply_sends_nothing() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    log.close()
    _, reading = read(log, page, time)
    await reading
    assert page.frames == []


async def test_a_page_that_is_back_gets_all_text_once_and_then_what_is_new() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
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


async def test_a_page_that_is_back_and_behind_at_the_end_gets_all_text_all_the_same() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    reader, reading = read(log, page, time)
    log.append("one ")
    await settle()
    reader.page_returned()
    page.behind = True
    log.append("two")
    log.close()
    reader.finish()
    await reading
    assert page.whole == ["one two"]
