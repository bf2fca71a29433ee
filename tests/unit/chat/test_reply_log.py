"""The reply log is read by anyone, from any position."""

from __future__ import annotations

import asyncio

from backend.chat.reply_log import ReplyLog


def test_a_reader_gets_only_what_is_new() -> None:
    log = ReplyLog()
    log.append("one ")
    log.append("two ")
    text, position = log.read()
    log.append("three")
    assert text == "one two "
    assert log.read(position) == ("three", 3)


def test_two_readers_do_not_disturb_each_other() -> None:
    log = ReplyLog()
    log.append("a")
    _, first = log.read()
    log.append("b")
    assert log.read(first)[0] == "b"
    assert log.read()[0] == "ab"


async def test_waiting_ends_with_news() -> None:
    log = ReplyLog()
    waiting = asyncio.create_task(log.wait_beyond(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    log.append("x")
    await waiting


async def test_waiting_ends_when_nothing_more_will_come() -> None:
    log = ReplyLog()
    waiting = asyncio.create_task(log.wait_beyond(0))
    await asyncio.sleep(0)
    log.close()
    await waiting
    assert log.closed


async def test_two_may_wait_at_once() -> None:
    log = ReplyLog()
    both = asyncio.gather(log.wait_beyond(0), log.wait_beyond(0))
    await asyncio.sleep(0)
    log.append("x")
    await both
