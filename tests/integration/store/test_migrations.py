"""The way up: from an empty database and from every earlier schema, with data in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from backend.errors import SchemaNewerError
from backend.store import migrate
from backend.store.database import Engine, engine_of
from backend.store.lease import Lease
from backend.store.records import Feedback
from backend.store.schema import METADATA, REVISION
from tests.integration.store.conftest import NewStore
from tests.integration.store.world import NOON, Talk, Ticks, running

SCHEMAS = Path(__file__).parent / "schemas"
REVISIONS = sorted(
    script.revision for script in ScriptDirectory(migrate.MIGRATIONS).walk_revisions()
)


@pytest_asyncio.fixture(loop_scope="session")
async def engine(url: str) -> AsyncIterator[Engine]:
    """The database below the store."""
    engine = engine_of(url, lock_timeout_seconds=2.0)
    await engine.prepare()
    yield engine
    await engine.close()


def fill(connection: Connection, revision: str) -> None:
    """A database as people left it at a revision."""
    migrate.upgrade(connection, revision)
    script = (SCHEMAS / f"{revision}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def test_the_last_revision_is_the_one_that_the_code_was_written_for() -> None:
    assert REVISIONS[-1] == REVISION


def test_every_revision_has_a_database_to_go_up_from() -> None:
    assert sorted(path.stem for path in SCHEMAS.glob("*.sql")) == REVISIONS


async def test_the_migrations_lead_to_the_schema_of_the_code(engine: Engine) -> None:
    await engine.write(migrate.upgrade)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    assert await engine.read(differences) == []


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_earlier_schema_goes_up_with_its_data(
    engine: Engine, url: str, new_store: NewStore, ticks: Ticks, revision: str
) -> None:
    await engine.write(lambda connection: fill(connection, revision))

    lease = Lease(lease_seconds=0, is_gone=lambda _: None)
    store = new_store(url, sleep=ticks.sleep, lease=lease)
    owner = await store.owners.named("ada")
    page = await store.threads.page(owner)
    assert [(thread.id, thread.name) for thread in page.threads] == [
        ("thread-2", None),
        ("thread-1", "Gardens"),
    ]
    thread = await store.threads.open(owner, "thread-1")
    question, reply = thread.entries
    assert (thread.created_at, thread.metadata) == (NOON, {"profile": "chat"})
    assert (question.text, reply.text) == ("when do roses flower?", "in summer")
    assert (reply.outcome, reply.numbers) == ("completed", {"output_tokens": 3})
    assert reply.feedback == Feedback(True, "true")

    async with running(store):
        await ticks.one()
    unfinished = (await store.threads.open(owner, "thread-2")).entries[-1]
    assert (unfinished.text, unfinished.outcome) == ("half an answer", "interrupted")
    await store.turns.go_on(owner, "thread-2", "entry-4")
    assert await store.shares.make(owner, "thread-1")


async def test_a_link_of_an_earlier_schema_still_leads_to_its_thread(
    engine: Engine, url: str, new_store: NewStore
) -> None:
    await engine.write(lambda connection: fill(connection, "0002"))
    assert (await new_store(url).shares.open("a-token")).name == "Gardens"


async def test_what_was_chosen_at_an_earlier_schema_is_still_chosen(
    engine: Engine, url: str, new_store: NewStore
) -> None:
    await engine.write(lambda connection: fill(connection, "0003"))
    store = new_store(url)
    ada = await store.owners.named("ada")
    assert await store.choices.of(ada, "chat") == {"temperature": 0.5}


async def test_processes_that_start_at_once_do_not_race(url: str, new_store: NewStore) -> None:
    stores = [new_store(url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    for store in stores:
        await Talk(store, await store.owners.named("ada")).turn()


async def test_a_newer_schema_is_refused_and_left_as_it_is(
    engine: Engine, url: str, new_store: NewStore
) -> None:
    await engine.write(lambda connection: fill(connection, REVISION))
    await engine.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE alembic_version SET version_num = '9999'"
        )
    )

    with pytest.raises(SchemaNewerError) as refused:
        await new_store(url).open()

    assert refused.value.values == {"found": "9999", "known": REVISION}
    assert not await engine.read(migrate.is_up_to_date)
