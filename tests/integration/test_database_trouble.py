"""A database that is wrong, locked, full, away and back: what the person sees, what is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered
from tests.fakes.stack import Stack, running_stack
from tests.fakes.stored import file_url, stored_entries, stored_threads
from tests.fakes.trouble import full_disk, locked
from tests.integration.store.postgres import Postgres

LOCK_SECONDS = 5.0  # how long the chat waits for another process's lock


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        yield stack


@pytest.fixture
def server() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.remove()


async def refused(person: Person, text: str, sentence: str) -> None:
    """A message is taken back: the sentence says why, its text is in the composer."""
    await person.send(text)
    await person.shows(sentence, within_seconds=2 * LOCK_SECONDS + 5)
    assert person.page.draft == text
    assert text not in person.page.messages("user_message")
    await person.until(lambda: not person.page.loading, "the composer is free")


# -- while people chat --------------------------------------------------------------------------


async def test_a_message_to_a_locked_database_is_taken_back(stack: Stack) -> None:
    async with Person(stack.chat.url) as person:
        await person.ask("Hello")
        with locked(stack.chat.data_dir):
            await refused(person, "Again", "The database does not answer at the moment.")
        assert stack.engine.asked("Again") == []
        assert await person.ask("Again") == "Hello from the engine."
    (thread,) = await stored_threads(file_url(stack.chat.data_dir))
    assert [e.text for e in thread.entries if e.role == "user"] == ["Hello", "Again"]


async def test_a_reply_that_ends_at_a_locked_database_is_whole_and_stored_later(
    stack: Stack,
) -> None:
    stack.engine.enqueue(numbered("w", 40, tokens_per_second=40), to="Count")
    async with Person(stack.chat.url) as person:
        await person.send("Count")
        await person.shows("w.2")
        with locked(stack.chat.data_dir):
            await person.shows("This reply is not stored yet", within_seconds=20)
            await person.shows("w.39")
            await person.until(lambda: not person.page.loading)
        thread_id = person.page.thread_id

    async def outcome() -> bool:
        reply = (await stored_entries(file_url(stack.chat.data_dir), thread_id))[-1]
        return reply.outcome == "completed" and reply.text.rstrip().endswith("w.39")

    await stack.chat.ask_again(outcome, "it is stored")


async def test_a_message_on_a_full_disk_is_taken_back(stack: Stack) -> None:
    async with Person(stack.chat.url) as person:
        await person.ask("Hello")
        with full_disk(stack.chat):
            await refused(person, "Again", "The disk is full")
        assert stack.engine.asked("Again") == []
        assert await person.ask("Again") == "Hello from the engine."


async def test_a_disk_that_fills_while_a_reply_streams_costs_none_of_its_text(stack: Stack) -> None:
    stack.engine.enqueue(numbered("w", 150, tokens_per_second=50), to="Count")
    async with Person(stack.chat.url) as person:
        question = await person.send("Count")
        await person.shows("w.2")
        with full_disk(stack.chat):
            await person.shows("This reply is not stored yet")
        shown = person.page.reply_to(question)
        assert await person.ask("Again") == "Hello from the engine."
    (thread,) = await stored_threads(file_url(stack.chat.data_dir))
    assert thread.entries[1].text == shown
    assert thread.entries[1].outcome == "completed"


async def test_a_database_file_that_is_taken_away_and_put_back(stack: Stack) -> None:
    file = stack.chat.data_dir / "history.db"
    async with Person(stack.chat.url) as person:
        await person.ask("Hello")
        file.rename(file.with_suffix(".away"))
        await refused(person, "Again", "The database does not answer at the moment.")
        status, answer = await person.request(
            "POST", "/project/threads", {"pagination": {"first": 20}, "filter": {}}
        )
        assert (status, answer["detail"][:38]) == (503, "The database does not answer at the mo")
        file.with_suffix(".away").rename(file)
        assert await person.ask("Again") == "Hello from the engine."


async def test_a_page_that_is_opened_while_the_database_is_away_shows_what_the_chat_has(
    stack: Stack,
) -> None:
    file = stack.chat.data_dir / "history.db"
    async with Person(stack.chat.url) as person:
        await person.ask("Hello")
        file.rename(file.with_suffix(".away"))
        await person.open(person.page.thread_id)
        await person.shows("Hello from the engine.")
        file.with_suffix(".away").rename(file)


async def test_a_database_that_may_only_be_read(stack: Stack, tmp_path: Path) -> None:
    async with Person(stack.chat.url) as person:
        await person.ask("Hello")
        thread_id = person.page.thread_id
    await stack.chat.end()
    url = f"sqlite:///file:{stack.chat.data_dir / 'history.db'}?mode=ro&uri=true"
    env = {"WARMLINE_DATABASE_URL": url, "WARMLINE_ENGINE_URL": stack.engine.url}
    async with Product(tmp_path / "reader", env) as chat, Person(chat.url) as person:
        await chat.ready()
        await refused(person, "Again", "The database may only be read")
        await person.open(thread_id)
        await person.shows("Hello from the engine.")
    await stack.chat.start()


# -- PostgreSQL ---------------------------------------------------------------------------------


async def test_a_server_that_comes_after_the_chat(server: Postgres, tmp_path: Path) -> None:
    env = {"WARMLINE_DATABASE_URL": server.url("postgres")}
    async with running_stack(tmp_path, env) as stack, Person(stack.chat.url) as person:
        await stack.chat.ready()
        await refused(person, "Hello", "The database does not answer at the moment.")
        server.start()
        assert await person.ask("Hello") == "Hello from the engine."
        server.stop()


async def test_a_page_that_asks_for_its_thread_too_early_gets_it_when_the_database_is_back(
    server: Postgres, tmp_path: Path
) -> None:
    server.start()
    env = {"WARMLINE_DATABASE_URL": server.url("postgres")}
    async with running_stack(tmp_path, env) as stack, Person(stack.chat.url) as person:
        await stack.chat.ready()
        await person.ask("Hello")
        await stack.chat.kill()
        server.stop()
        await stack.chat.start()
        await stack.chat.healthy()
        await person.open(person.page.thread_id)
        await person.shows("The database does not answer at the moment.")
        server.start()
        await person.shows("Hello from the engine.", within_seconds=15)
    server.stop()


async def test_a_server_that_restarts_while_a_reply_streams(
    server: Postgres, tmp_path: Path
) -> None:
    server.start()
    url = server.url("postgres")
    async with running_stack(tmp_path, {"WARMLINE_DATABASE_URL": url}) as stack:
        await stack.chat.ready()
        stack.engine.enqueue(numbered("w", 100, tokens_per_second=25), to="Count")
        async with Person(stack.chat.url) as person:
            question = await person.send("Count")
            await person.shows("w.5")
            server.stop()
            await person.shows("w.30")
            server.start()
            await person.shows("w.99")
            await person.until(lambda: not person.page.loading)
            shown = person.page.reply_to(question)
            assert await person.ask("Again") == "Hello from the engine."
        (thread,) = await stored_threads(url)
        assert [e.outcome for e in thread.entries[1::2]] == ["completed", "completed"]
        assert thread.entries[1].text == shown
    server.stop()


# -- at the start -------------------------------------------------------------------------------


async def start_of(tmp_path: Path, url: str) -> str:
    """The log of a start that must end."""
    chat = Product(tmp_path / "data", {"WARMLINE_DATABASE_URL": url})
    await chat.start()
    assert await chat.exit_status(within_seconds=20) == 2
    await chat.end()
    log = "\n".join(chat.log)
    assert "Traceback" not in log
    return log


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("history.db", "WARMLINE_DATABASE_URL is not a URL of a database."),
        ("mysql://u:geheim@h/d", "names a kind of database that is not known here: mysql."),
        ("sqlite://", "a database in memory would lose everything"),
        ("postgresql://u:geheim@h/d?fast=1", "has an option that is not known: fast."),
        (
            "postgresql://u:geheim@no-such-host.invalid/d",
            "The host in WARMLINE_DATABASE_URL is not",
        ),
        ("sqlite:////", "is not a database"),
    ],
)
async def test_a_wrong_url_ends_the_start_with_a_sentence(
    tmp_path: Path, url: str, sentence: str
) -> None:
    log = await start_of(tmp_path, url)
    assert sentence in log
    assert "geheim" not in log


async def test_a_file_that_is_no_database_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, " * 100)
    log = await start_of(tmp_path, f"sqlite:///{tmp_path}/notes.txt")
    assert "What WARMLINE_DATABASE_URL leads to is not a database." in log


async def test_a_newer_schema_ends_the_start_and_is_left_as_it_is(
    stack: Stack, tmp_path: Path
) -> None:
    file = stack.chat.data_dir / "history.db"
    await stack.chat.end()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    log = await start_of(tmp_path, file_url(stack.chat.data_dir))
    assert "A newer version of Warmline has used this database (its schema is 9999" in log
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    await stack.chat.start()


async def test_no_such_database_ends_the_start(server: Postgres, tmp_path: Path) -> None:
    server.start()
    log = await start_of(tmp_path, server.url("nowhere"))
    assert "The server in WARMLINE_DATABASE_URL has no database of that name." in log
    server.stop()
