"""A growing reply, before it reaches a database."""

from __future__ import annotations

import asyncio

import pytest

from backend.errors import StoreError, StoreUnavailableError
from backend.store.journal import Journal, Writing
from backend.store.lease import Lease
from backend.store.pieces import Piece


class Log:
    """A reply's log, and how often it was read from where."""

    def __init__(self) -> None:
        self.text = ""

    def read(self, position: int) -> tuple[str, int]:
        return self.text[position:], len(self.text)


class Database:
    """Takes writes as scripted: each an error to raise, or `None`."""

    def __init__(self) -> None:
        self.outcomes: list[StoreError | None] = []
        self.writes: list[object] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def write(self, _work: object, _writer: str, what: list[object]) -> None:
        await self.may_go_on.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.writes.append(what)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, "a-writer", Lease())  # type: ignore[arg-type]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def writing(journal: Journal, log: Log) -> Writing:
    writing = journal.begin("reply")
    writing.follow(log.read)
    return writing


async def test_only_what_is_new_is_written(
    journal: Journal, database: Database, writing: Writing, log: Log
) -> None:
    for text in ("one ", "one two ", "one two three"):
        log.text = text
        await journal.store_pieces()
    assert database.writes == [
        [Piece("reply", 0, "one ")],
        [Piece("reply", 4, "two ")],
        [Piece("reply", 8, "three")],
    ]


async def test_a_piece_that_may_have_been_stored_is_written_again_as_it_was(
    journal: Journal, database: Database, writing: Writing, log: Log
) -> None:
    log.text = "one "
    database.outcomes = [StoreUnavailableError(reason="gone")]
    with pytest.raises(StoreUnavailableError):
        await journal.store_pieces()
    log.text = "one two"
    await journal.store_pieces()
    assert database.writes == [[Piece("reply", 0, "one "), Piece("reply", 4, "two")]]


async def test_a_reply_that_rests_is_still_said_to_be_written(
    journal: Journal, database: Database, writing: Writing
) -> None:
    await journal.store_pieces()
    assert database.writes == [[]]


async def test_a_process_that_writes_nothing_leaves_the_database_alone(
    journal: Journal, database: Database
) -> None:
    await journal.store_pieces()
    await journal.store_ends()
    assert database.writes == []


async def test_a_reply_that_has_ended_does_not_grow(
    journal: Journal, database: Database, writing: Writing, log: Log
) -> None:
    await writing.end("one", "completed")
    database.writes.clear()
    log.text = "one two"
    await journal.store_pieces()
    assert database.writes == []


async def test_an_end_that_could_not_be_stored_is_tried_again(
    journal: Journal, database: Database, writing: Writing
) -> None:
    database.outcomes = [StoreUnavailableError(reason="locked")]
    with pytest.raises(StoreUnavailableError):
        await writing.end("one", "completed")
    assert database.writes == []
    await journal.store_ends()
    await journal.store_ends()
    assert len(database.writes) == 1


async def test_ends_that_come_while_one_is_stored_share_a_transaction(
    journal: Journal, database: Database
) -> None:
    database.may_go_on.clear()
    ends = [
        asyncio.create_task(journal.begin(str(number)).end("text", "completed"))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    database.may_go_on.set()
    await asyncio.gather(*ends)
    assert len(database.writes) <= 2


async def test_a_second_end_of_a_reply_changes_nothing(
    database: Database, writing: Writing
) -> None:
    await writing.end("one", "completed")
    await writing.end("another", "failed")
    assert len(database.writes) == 1
