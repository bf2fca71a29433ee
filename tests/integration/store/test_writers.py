"""Processes that write beside each other, and die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from typing_extensions import override

from backend.store import address
from backend.store.lease import Lease, Writer
from backend.store.pieces import Piece, add_pieces
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.processes import open_nursery
from tests.integration.store.world import Growing, Talk, Ticks, running

LEASE_SECONDS = 8.0


class Clock:
    """Monotonic seconds, which only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replica(url: str, new_store: NewStore) -> Callable[[Ticks, Clock], Store]:
    """A process of another machine, as far as processes can tell."""

    def make(ticks: Ticks, clock: Clock) -> Store:
        lease = Lease(LEASE_SECONDS, clock=clock, is_gone=lambda _: None)
        return new_store(url, sleep=ticks.sleep, lease=lease)

    return make


NewReplica = Callable[[Ticks, Clock], Store]


async def last_reply(store: Store, talk: Talk) -> tuple[str, str | None]:
    reply = (await store.threads.open(talk.owner, talk.id)).entries[-1]
    return reply.text, reply.outcome


async def test_replies_of_a_killed_process_are_interrupted_by_the_next_one(
    url: str, store: Store, ticks: Ticks
) -> None:
    async with open_nursery() as nursery:
        await nursery.start(url)
        await nursery.hear(4)
        await nursery.kill()
    async with running(store):
        await ticks.one()

    owner = await store.owners.named("ada")
    outcomes = [
        (await store.threads.open(owner, thread.id)).entries[-1].outcome
        for thread in (await store.threads.page(owner)).threads
    ]
    assert "interrupted" in outcomes
    assert "writing" not in outcomes


async def test_a_process_that_starts_and_stops_leaves_anothers_running_replies_alone(
    url: str, new_store: NewStore
) -> None:
    async with open_nursery() as nursery:
        await nursery.start(url)
        for _ in range(5):
            await nursery.hear(3)
            ticks = Ticks()
            restarted = new_store(url, sleep=ticks.sleep)
            async with running(restarted):
                await ticks.one()
                await nursery.hear(3)
                await ticks.one()
            await restarted.close()

        store = new_store(url)
        owner = await store.owners.named("ada")
        outcomes = {
            entry.outcome
            for thread in (await store.threads.page(owner)).threads
            for entry in (await store.threads.open(owner, thread.id)).entries
        }
    assert outcomes <= {None, "writing", "completed"}


async def test_a_writer_whose_beat_stands_still_for_the_lease_is_dead(
    replica: NewReplica, clock: Clock
) -> None:
    own_ticks, other_ticks = Ticks(), Ticks()
    writer, watcher = replica(own_ticks, clock), replica(other_ticks, clock)
    talk = Talk(writer, await writer.owners.named("ada"))
    log = Growing(["half a "])
    (await talk.ask()).follow(log.read)

    async with running(watcher):
        async with running(writer):
            for _ in range(5):
                await own_ticks.one()
                await other_ticks.one()
                clock.now += LEASE_SECONDS - 1
            log.append("sentence")
            await own_ticks.one()
        await other_ticks.one()
        clock.now += LEASE_SECONDS - 1
        await other_ticks.one()
        assert await last_reply(watcher, talk) == ("half a sentence", "writing")
        clock.now += 1
        await other_ticks.one()
        assert await last_reply(watcher, talk) == ("half a sentence", "interrupted")


class OutOfDate(Lease):
    """Takes everybody for dead, by a beat that was counted before the last one."""

    @override
    def dead(self, writers: Iterable[Writer]) -> list[Writer]:
        return [Writer(writer.name, (writer.beat or 0) - 1) for writer in writers]


async def test_a_writer_that_beats_while_it_is_being_buried_lives(
    url: str, new_store: NewStore, store: Store, talk: Talk, ticks: Ticks
) -> None:
    await talk.ask()
    other_ticks = Ticks()
    watcher = new_store(url, sleep=other_ticks.sleep, lease=OutOfDate())
    async with running(store), running(watcher):
        await ticks.one()
        await other_ticks.one()
    assert (await last_reply(store, talk))[1] == "writing"


async def test_a_writer_that_was_taken_for_dead_has_the_last_word_on_its_reply(
    replica: NewReplica, clock: Clock
) -> None:
    own_ticks, other_ticks = Ticks(), Ticks()
    writer, watcher = replica(own_ticks, clock), replica(other_ticks, clock)
    talk = Talk(writer, await writer.owners.named("ada"))
    writing = await talk.ask()
    log = Growing(["half "])
    writing.follow(log.read)

    async with running(writer):
        await own_ticks.one()
        async with running(watcher):
            await other_ticks.one()
            clock.now += LEASE_SECONDS
            await other_ticks.one()
            assert await last_reply(watcher, talk) == ("half ", "interrupted")
        log.append("and whole")
        await own_ticks.one()
        await writing.end(log.text, "completed")
    assert await last_reply(watcher, talk) == ("half and whole", "completed")


async def test_but_not_once_somebody_has_gone_on_elsewhere(
    replica: NewReplica, clock: Clock
) -> None:
    own_ticks, other_ticks = Ticks(), Ticks()
    writer, watcher = replica(own_ticks, clock), replica(other_ticks, clock)
    talk = Talk(writer, await writer.owners.named("ada"))
    writing = await talk.ask()

    async with running(watcher):
        await other_ticks.one()
        clock.now += LEASE_SECONDS
        await other_ticks.one()
        elsewhere = await watcher.turns.go_on(talk.owner, talk.id, writing.reply_id)
        log = Growing(["elsewhere"])
        elsewhere.follow(log.read)
        await other_ticks.one()
        await writing.end("here", "completed")
        assert await last_reply(watcher, talk) == ("elsewhere", "writing")
        await elsewhere.end("elsewhere", "completed")
    assert await last_reply(watcher, talk) == ("elsewhere", "completed")


async def test_two_processes_wait_for_each_other_and_both_write(
    url: str, new_store: NewStore
) -> None:
    stores = [new_store(url, lock_timeout_seconds=30.0) for _ in range(2)]
    owner = await stores[0].owners.named("ada")

    async def write(store: Store) -> None:
        talk = Talk(store, owner)
        for number in range(25):
            await talk.turn(f"question {number}")
            await store.threads.rename(owner, talk.id, f"name {number}")

    await asyncio.gather(*(write(store) for store in stores))

    threads = (await stores[0].threads.page(owner)).threads
    assert [thread.name for thread in threads] == ["name 24", "name 24"]


async def test_text_that_is_being_stored_while_its_reply_ends_is_not_there_twice(
    postgresql_url: str, new_store: NewStore
) -> None:
    store = new_store(postgresql_url, writer_id="a-writer")
    talk = Talk(store, await store.owners.named("ada"))
    writing = await talk.ask()
    slow = create_async_engine(address.parse(postgresql_url))

    async with slow.begin() as connection:
        late = [Piece(writing.reply_id, 0, "half ")]
        await connection.run_sync(add_pieces, "a-writer", late)
        ending = asyncio.create_task(writing.end("half and whole", "completed"))
        await asyncio.wait([ending], timeout=0.2)
    await ending
    await slow.dispose()

    assert await last_reply(store, talk) == ("half and whole", "completed")
