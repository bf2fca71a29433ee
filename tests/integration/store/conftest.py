"""Both databases, for real."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from backend.store.records import Owner
from backend.store.store import Store
from tests.integration.store.postgres import Postgres
from tests.integration.store.world import Talk, Ticks, WallClock

NewStore = Callable[..., Store]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests, each with a database of its own."""
    server = Postgres()
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    """A file that waits for no disk, where the system has memory to lay files in."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/a folder/history.db"


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def new_store() -> AsyncIterator[NewStore]:
    """Makes stores as processes do, and closes them at the end."""
    stores: list[Store] = []

    def make(url: str, **options: Any) -> Store:
        stores.append(Store(url, **{"lock_timeout_seconds": 2.0, **options}))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
def wall_clock() -> WallClock:
    return WallClock()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def store(url: str, new_store: NewStore, wall_clock: WallClock, ticks: Ticks) -> Store:
    return new_store(url, now=wall_clock, sleep=ticks.sleep)


@pytest_asyncio.fixture(loop_scope="session")
async def owner(store: Store) -> Owner:
    return await store.owners.named("ada")


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(store: Store) -> Owner:
    return await store.owners.named("mallory")


@pytest.fixture
def talk(store: Store, owner: Owner) -> Talk:
    return Talk(store, owner)
