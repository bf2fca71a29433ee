"""A database that is full, locked, away or empty: named errors, and recovery."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from backend.errors import (
    AlreadyStoredError,
    StoreDiskFullError,
    StoreError,
    StoreUnavailableError,
)
from backend.store.records import Question
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.postgres import Postgres
from tests.integration.store.world import Growing, Talk, Ticks, failure_of, new_id, running

IMPATIENT = {"lock_timeout_seconds": 0.2}


# -- a full disk --------------------------------------------------------------------------------


@contextmanager
def files_no_larger_than(num_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_named_and_nothing_is_lost_when_there_is_space_again(
    sqlite_url: str, new_store: NewStore, ticks: Ticks
) -> None:
    store = new_store(sqlite_url, sleep=ticks.sleep)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn("before", "an answer")
    writing = await talk.ask("a long story")
    log = Growing(["once upon a time " * 100_000])
    writing.follow(log.read)

    async with running(store):
        with files_no_larger_than(400_000):
            await ticks.one()
            with pytest.raises(StoreDiskFullError):
                await writing.end(log.text, "completed")
            assert await talk.texts() == ["before", "an answer", "a long story", ""]
        await ticks.one()

    assert await talk.texts() == ["before", "an answer", "a long story", log.text]


# -- locked -------------------------------------------------------------------------------------


async def test_a_file_locked_by_another_process_is_named_and_comes_back(
    sqlite_url: str, new_store: NewStore
) -> None:
    store = new_store(sqlite_url, **IMPATIENT)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn("before")

    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError) as refused:
        await talk.turn("meanwhile")
    assert refused.value.values == {"reason": "locked"}
    assert len(await talk.texts()) == 2
    other.execute("ROLLBACK")
    other.close()

    await talk.turn("after")
    assert (await talk.texts())[::2] == ["before", "after"]


async def test_nobody_waits_long_behind_others_who_wait_for_a_lock(
    sqlite_url: str, new_store: NewStore
) -> None:
    store = new_store(sqlite_url, **IMPATIENT)
    owner = await store.owners.named("ada")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def reason() -> object:
        with pytest.raises(StoreUnavailableError) as refused:
            await Talk(store, owner).turn()
        return refused.value.values["reason"]

    began_at = time.monotonic()
    reasons = await asyncio.gather(*(reason() for _ in range(20)))
    other.close()

    assert set(reasons) == {"locked"}
    assert time.monotonic() - began_at < 5 * IMPATIENT["lock_timeout_seconds"]


async def test_a_table_locked_by_another_process_is_named_and_comes_back(
    postgresql_url: str, new_store: NewStore
) -> None:
    store = new_store(postgresql_url, **IMPATIENT)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn("before")

    other = await asyncpg.connect(postgresql_url)
    await other.execute("BEGIN; LOCK TABLE thread")
    with pytest.raises(StoreUnavailableError) as refused:
        await talk.turn("meanwhile")
    assert refused.value.values == {"reason": "locked"}
    await other.close()

    await talk.turn("after")
    assert (await talk.texts())[::2] == ["before", "after"]


# -- gone, and back -----------------------------------------------------------------------------


async def test_a_server_that_is_not_there_is_named_and_found_when_it_comes(
    postgres: Postgres, postgresql_url: str, new_store: NewStore
) -> None:
    postgres.stop()
    store = new_store(postgresql_url)
    error = await failure_of(store)
    assert (type(error), error.values) == (StoreUnavailableError, {"reason": "gone"})

    postgres.start()
    await Talk(store, await store.owners.named("ada")).turn()


async def test_a_server_that_restarted_while_nobody_asked_is_found_without_an_error(
    postgres: Postgres, postgresql_url: str, new_store: NewStore
) -> None:
    store = new_store(postgresql_url)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn("before")
    postgres.stop()
    postgres.start()
    await talk.turn("after")
    assert (await talk.texts())[::2] == ["before", "after"]


async def test_a_database_that_comes_back_empty_is_given_its_schema_again(
    postgres: Postgres, postgresql_url: str, new_store: NewStore
) -> None:
    store = new_store(postgresql_url)
    await store.owners.named("ada")
    postgres.drop_database(postgresql_url)
    postgres.sql("postgres", f"CREATE DATABASE {postgresql_url.rpartition('/')[2]}")

    with pytest.raises(StoreError):
        await store.owners.named("grace")
    await Talk(store, await store.owners.named("ada")).turn()


async def test_a_server_that_never_answers_is_named(new_store: NewStore) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure_of(new_store(f"postgresql://ada@127.0.0.1:{port}/chat", **IMPATIENT))
    assert (type(error), error.values) == (StoreUnavailableError, {"reason": "gone"})


async def test_a_reply_that_grows_while_the_server_restarts_is_whole(
    postgres: Postgres, postgresql_url: str, new_store: NewStore, ticks: Ticks
) -> None:
    store = new_store(postgresql_url, sleep=ticks.sleep)
    talk = Talk(store, await store.owners.named("ada"))
    log = Growing(["before, "])
    writing = await talk.ask()
    writing.follow(log.read)

    async with running(store):
        await ticks.one()
        postgres.stop()
        log.append("meanwhile, ")
        await ticks.one()
        with pytest.raises(StoreUnavailableError):
            await talk.open()
        postgres.start()
        log.append("after")
        await ticks.one()
        assert (await talk.texts())[-1] == "before, meanwhile, after"


async def test_a_reply_that_ends_while_the_server_is_away_is_stored_when_it_is_back(
    postgres: Postgres, postgresql_url: str, new_store: NewStore, ticks: Ticks
) -> None:
    store = new_store(postgresql_url, sleep=ticks.sleep)
    talk = Talk(store, await store.owners.named("ada"))
    writing = await talk.ask()

    async with running(store):
        postgres.stop()
        with pytest.raises(StoreUnavailableError):
            await writing.end("an answer", "completed")
        with pytest.raises(StoreUnavailableError):
            await talk.ask("more?")
        postgres.start()
        await ticks.one()

    assert await talk.texts() == ["a question", "an answer"]
    await talk.turn("more?")


async def test_a_file_that_is_taken_away_is_missed_and_found_again(
    sqlite_url: str, new_store: NewStore
) -> None:
    store = new_store(sqlite_url)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn("before")
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    away = folder.rename(folder.with_name("away"))

    for use in (talk.open, talk.turn):
        with pytest.raises(StoreUnavailableError) as missed:
            await use()
        assert missed.value.values == {"reason": "gone"}

    away.rename(folder)  # which fails if somebody has made another one
    await talk.turn("after")
    assert (await talk.texts())[::2] == ["before", "after"]


async def test_a_closed_store_says_so(url: str, new_store: NewStore) -> None:
    store = new_store(url)
    await store.open()
    await store.close()
    error = await failure_of(store)
    assert (type(error), error.values) == (StoreUnavailableError, {"reason": "gone"})


# -- what errors say ----------------------------------------------------------------------------


SECRET = "dear diary"


async def test_no_error_repeats_what_a_person_wrote(store: Store, talk: Talk) -> None:
    await talk.turn()
    question = Question((await talk.open()).entries[0].id, SECRET)
    with pytest.raises(AlreadyStoredError) as raised:
        await store.turns.ask(talk.owner, talk.id, question, new_id(), name=SECRET)
    told = "".join(traceback.format_exception(raised.value))
    assert SECRET not in told
    assert question.id not in told
