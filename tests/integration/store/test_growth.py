"""A reply as it grows: what is stored of it, and what that costs."""

from __future__ import annotations

from functools import partial

import pytest

from backend.store.database import engine_of
from backend.store.journal import Writing
from backend.store.pieces import Piece, add_pieces
from backend.store.records import Owner
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.world import Growing, Talk, Ticks, running


@pytest.fixture
def log() -> Growing:
    return Growing()


async def started(talk: Talk, log: Growing) -> Writing:
    writing = await talk.ask()
    writing.follow(log.read)
    return writing


async def test_every_tick_stores_what_has_grown(talk: Talk, ticks: Ticks, log: Growing) -> None:
    await started(talk, log)
    async with running(talk.store):
        for word in ("one ", "two ", "three"):
            log.append(word)
            await ticks.one()
            reply = (await talk.open()).entries[-1]
            assert (reply.text, reply.outcome) == (log.text, "writing")


async def test_the_end_is_the_whole_text_once(talk: Talk, ticks: Ticks, log: Growing) -> None:
    writing = await started(talk, log)
    async with running(talk.store):
        log.append("half, ")
        await ticks.one()
        log.append("whole")
        await writing.end(log.text, "completed")
        await ticks.one()
    assert (await talk.texts())[-1] == "half, whole"


async def test_a_reply_that_goes_on_grows_from_its_text(
    talk: Talk, ticks: Ticks, log: Growing
) -> None:
    writing = await talk.ask()
    await writing.end("a start, ", "interrupted")
    writing = await talk.store.turns.go_on(talk.owner, talk.id, writing.reply_id)
    writing.follow(log.read)
    async with running(talk.store):
        log.append("more")
        await ticks.one()
        assert (await talk.texts())[-1] == "a start, more"
    await writing.end("a start, more", "completed")
    assert (await talk.texts())[-1] == "a start, more"


async def test_a_reply_goes_on_after_an_interruption_in_the_middle_of_its_pieces(
    url: str, new_store: NewStore, talk: Talk, ticks: Ticks, log: Growing
) -> None:
    writing = await started(talk, log)
    async with running(talk.store):
        log.append("before, ")
        await ticks.one()
    await talk.store.close()

    after = Talk(new_store(url, sleep=ticks.sleep), talk.owner)
    after.id = talk.id
    more = Growing(["after"])
    (await after.store.turns.go_on(talk.owner, talk.id, writing.reply_id)).follow(more.read)
    async with running(after.store):
        await ticks.one()
    assert (await after.texts())[-1] == "before, after"


async def test_what_a_stream_adds_is_stored_once_and_nothing_before_it_again(
    talk: Talk, ticks: Ticks
) -> None:
    positions: list[int] = []

    def read(position: int) -> tuple[str, int]:
        positions.append(position)
        return "ten chars.", position + 1

    (await talk.ask()).follow(read)
    async with running(talk.store):
        for _ in range(5):
            await ticks.one()

    assert positions == sorted(set(positions))
    assert (await talk.texts())[-1] == "ten chars." * len(positions)


async def test_a_piece_whose_commit_is_in_doubt_is_stored_once_however_often_it_is_sent(
    url: str, new_store: NewStore
) -> None:
    store = new_store(url, writer_id="a-writer")
    talk = Talk(store, await store.owners.named("ada"))
    writing = await talk.ask()
    engine = engine_of(url, lock_timeout_seconds=2.0)
    first, second = Piece(writing.reply_id, 0, "one "), Piece(writing.reply_id, 1, "two")

    for pieces in ([first], [first, second], [first, second]):
        await engine.write(partial(add_pieces, writer_id="a-writer", pieces=pieces))
    await engine.close()

    assert (await talk.texts())[-1] == "one two"


async def test_two_hundred_replies_grow_in_the_transaction_of_one(
    store: Store, owner: Owner, ticks: Ticks
) -> None:
    talks = [Talk(store, owner) for _ in range(200)]
    logs = [Growing([f"reply {number}"]) for number in range(200)]
    for talk, log in zip(talks, logs, strict=True):
        await started(talk, log)

    async with running(store):
        await ticks.one()

    for talk, log in zip(talks, logs, strict=True):
        assert (await talk.texts())[-1] == log.text


async def test_text_that_no_database_takes_does_not_keep_others_from_growing(
    store: Store, owner: Owner, ticks: Ticks
) -> None:
    bad, good = Talk(store, owner), Talk(store, owner)
    await started(bad, Growing(["nul \x00 and half \ud83d"]))
    await started(good, Growing(["fine"]))
    async with running(store):
        await ticks.one()
    assert (await bad.texts())[-1] == "nul \ufffd and half \ufffd"
    assert (await good.texts())[-1] == "fine"


async def test_a_store_that_closes_keeps_what_has_grown_as_interrupted(
    url: str, new_store: NewStore, talk: Talk, log: Growing
) -> None:
    await started(talk, log)
    log.append("cut sh")
    await talk.store.close()

    after = Talk(new_store(url), talk.owner)
    after.id = talk.id
    reply = (await after.open()).entries[-1]
    assert (reply.text, reply.outcome) == ("cut sh", "interrupted")
