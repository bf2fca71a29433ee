"""Frames: the first text at once, then one frame a tick, the last without delay."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.chat.frames import FrameReader
from backend.chat.reply_log import ReplyLog
from tests.unit.chat.by_hand import TimeByHand, settle


class PageOf:
    """A page that keeps its frames, and can be behind."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.whole: list[str] = []
        self.behind = False
        self.send_ends_the_log: ReplyLog | None = None

    async def send(self, text: str) -> None:
        self.frames.append(text)
        if self.send_ends_the_log is not None:
            self.send_ends_the_log.close()

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


FAMILY = "👩‍👩‍👧‍👦"


async def test_a_character_that_comes_in_parts_is_sent_whole() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    _, reading = read(log, page, time)
    log.append("Hi ")
    await settle()
    for part in FAMILY:
        log.append(part)
        await time.tick()
    log.append(" there")
    await time.tick()
    assert page.frames == ["Hi ", f"{FAMILY} there"]
    log.close()
    await time.tick()
    await reading


@pytest.mark.parametrize("text", [FAMILY, "न", "👍", "🇨"])
async def test_nothing_waits_for_more_than_a_tick(text: str) -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    _, reading = read(log, page, time)
    log.append(f"Hi {text}")
    await settle()
    assert page.frames == ["Hi "]
    await time.tick()
    assert page.frames == ["Hi ", text]
    log.close()
    await time.tick()
    await reading


async def test_what_waits_is_sent_with_the_end() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    reader, reading = read(log, page, time)
    log.append("Bye 👋")
    await settle()
    log.append("🏽")
    log.close()
    reader.finish()
    await reading
    assert page.frames == ["Bye ", "👋🏽"]


async def test_what_waits_is_not_lost_when_the_end_comes_during_a_frame() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    page.send_ends_the_log = log
    _, reading = read(log, page, time)
    log.append("Bye 👋")
    await settle()
    await time.tick()
    await reading
    assert page.frames == ["Bye ", "👋"]


async def test_a_page_that_is_back_gets_what_waited_once() -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    reader, reading = read(log, page, time)
    log.append("Bye 👋")
    await settle()
    reader.page_returned()
    await time.tick()
    log.close()
    reader.finish()
    await reading
    assert (page.frames, page.whole) == (["Bye "], ["Bye 👋"])


@given(
    st.lists(st.text(alphabet="a é\u0301👩\u200d👧🇨🇳नि漢字ab", min_size=1), max_size=12), st.data()
)
async def test_all_text_is_sent_once_and_in_order(pieces: list[str], data: st.DataObject) -> None:
    log, page, time = ReplyLog(), PageOf(), TimeByHand()
    reader, reading = read(log, page, time)
    for piece in pieces:
        log.append(piece)
        await (time.tick() if data.draw(st.booleans()) else settle())
    log.close()
    reader.finish()
    await reading
    assert "".join(page.frames) == "".join(pieces)
