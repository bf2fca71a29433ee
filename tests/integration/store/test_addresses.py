"""A database that is wrong, or that may only be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import (
    StoreAddressError,
    StoreReadOnlyError,
)
from tests.integration.store.conftest import NewStore
from tests.integration.store.postgres import Postgres
from tests.integration.store.world import Talk, Ticks, failure_of


@pytest.mark.parametrize(
    ("user", "database", "reason"),
    [("postgres", "nowhere", "no_such_database"), ("nobody", "postgres", "login")],
)
async def test_a_server_that_refuses_is_a_wrong_address(
    postgres: Postgres, new_store: NewStore, user: str, database: str, reason: str
) -> None:
    error = await failure_of(new_store(postgres.url(database, user=user)))
    assert (type(error), error.values) == (StoreAddressError, {"reason": reason})


async def test_a_host_that_does_not_exist_is_a_wrong_address(new_store: NewStore) -> None:
    error = await failure_of(new_store("postgresql://ada@nowhere.invalid/chat"))
    assert (type(error), error.values) == (StoreAddressError, {"reason": "host_unknown"})


async def test_a_file_that_is_no_database_is_a_wrong_address_and_stays_as_it_is(
    tmp_path: Path, new_store: NewStore
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("dear Ada, " * 100)
    error = await failure_of(new_store(f"sqlite:///{file}"))
    assert (type(error), error.values) == (StoreAddressError, {"reason": "not_a_database"})
    assert file.read_text() == "dear Ada, " * 100


@pytest.mark.parametrize("path", ["folder", "file/history.db"])
async def test_a_path_that_no_file_can_have_is_a_wrong_address(
    tmp_path: Path, new_store: NewStore, path: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    error = await failure_of(new_store(f"sqlite:///{tmp_path / path}"))
    assert (type(error), error.values) == (StoreAddressError, {"reason": "not_a_database"})


def assert_private(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_new_file_is_for_our_eyes_only(tmp_path: Path, new_store: NewStore) -> None:
    file = tmp_path / "an odd # name, 100%" / "history.db"
    await new_store(f"sqlite:///{file}").open()
    assert_private(file)


async def test_a_read_only_file_is_read_and_not_written(
    sqlite_url: str, new_store: NewStore, ticks: Ticks
) -> None:
    before = Talk(writable := new_store(sqlite_url), await writable.owners.named("ada"))
    await before.turn("a question", "an answer")

    path = sqlite_url.removeprefix("sqlite:///")
    talk = Talk(new_store(f"sqlite:///file:{path}?mode=ro&uri=true"), before.owner)
    talk.id = before.id
    assert await talk.texts() == ["a question", "an answer"]
    with pytest.raises(StoreReadOnlyError):
        await talk.turn()


async def test_a_read_only_database_is_read_and_not_written(
    postgres: Postgres, postgresql_url: str, new_store: NewStore
) -> None:
    url = postgresql_url
    before = Talk(writable := new_store(url), await writable.owners.named("ada"))
    await before.turn("a question", "an answer")

    name = url.rpartition("/")[2]
    postgres.sql("postgres", f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    talk = Talk(new_store(url), before.owner)
    talk.id = before.id
    assert await talk.texts() == ["a question", "an answer"]
    with pytest.raises(StoreReadOnlyError):
        await talk.turn()
