"""Several pages of one thread: in one process, and in two processes on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered, says
from tests.integration.store.postgres import Postgres


def shown(person: Person) -> list[str]:
    return [s["output"] for s in person.page.steps.values() if s["type"] != "run"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replicas(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[FakeEngine, Product, Product]]:
    """An engine, and two chats on one PostgreSQL."""
    url = postgres.new_database()
    async with FakeEngine() as engine:
        env = {"WARMLINE_ENGINE_URL": engine.url, "WARMLINE_DATABASE_URL": url}
        async with (
            Product(tmp_path_factory.mktemp("one"), env) as one,
            Product(tmp_path_factory.mktemp("other"), env) as other,
        ):
            await one.ready()
            await other.ready()
            yield engine, one, other


async def test_two_tabs_see_the_same_question_and_the_same_reply(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    await person.ask("Hello")
    await other_person.open(person.page.thread_id)
    await other_person.shows("Hello from the engine.")
    engine.enqueue(numbered("w", 20, tokens_per_second=20), to="Count")
    await person.send("Count")
    await other_person.shows("w.3")
    assert other_person.page.loading
    await other_person.until(lambda: not other_person.page.loading)
    await person.until(lambda: not person.page.loading)
    assert shown(other_person) == shown(person)
    assert len(engine.asked("Count")) == 1


async def test_a_second_tab_cannot_send_while_a_reply_streams_and_keeps_its_text(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    engine.enqueue(numbered("w", 60, tokens_per_second=40), to="Count")
    await person.send("Count")
    await person.shows("w.2")
    await other_person.open(person.page.thread_id)
    await other_person.shows("w.3")
    await other_person.send("Me too")
    await other_person.shows("The last reply is still being written")
    assert other_person.page.draft == "Me too"
    await person.until(lambda: not person.page.loading)
    assert engine.asked("Me too") == []


async def test_either_tab_stops_the_reply(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    engine.enqueue(numbered("w", 500, tokens_per_second=40), to="Count")
    await person.send("Count")
    await person.shows("w.2")
    await other_person.open(person.page.thread_id)
    await other_person.shows("w.3")
    await other_person.stop()
    await person.shows("Stopped.")
    await other_person.shows("Stopped.")


async def test_an_edit_in_one_tab_is_seen_in_the_other(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    engine.enqueue(says("Rome."), to="Italy")
    question = await person.send("France?")
    await person.until(lambda: person.page.buttons() and not person.page.loading)
    await other_person.open(person.page.thread_id)
    await other_person.shows("Hello from the engine.")
    await person.edit(question, "Italy?")
    await other_person.until(lambda: shown(other_person) == ["Italy?", "Rome."])


async def test_a_reply_of_another_process_is_watched_to_its_end(
    replicas: tuple[FakeEngine, Product, Product],
) -> None:
    engine, one, other = replicas
    engine.enqueue(numbered("w", 100, tokens_per_second=20), to="Count")
    async with Person(one.url) as person, Person(other.url) as watcher:
        await person.send("Count")
        await person.shows("w.3")
        await watcher.open(person.page.thread_id)
        await watcher.shows("w.20")
        assert watcher.page.loading
        await watcher.send("Me too")
        await watcher.shows("The last reply is still being written")
        await watcher.shows("w.99", within_seconds=15)
        await watcher.until(lambda: not watcher.page.loading)
        assert await watcher.ask("And now?") == "Hello from the engine."
    assert len(engine.asked("And now?")[0].said) == 3


async def test_a_thread_that_another_process_went_on_with_is_shown_before_anything_is_sent(
    replicas: tuple[FakeEngine, Product, Product],
) -> None:
    engine, one, other = replicas
    async with Person(one.url) as person, Person(other.url) as stale:
        await person.ask("First")
        await stale.open(person.page.thread_id)
        await stale.shows("Hello from the engine.")
        await person.ask("Second")
        await stale.send("Third")
        await stale.shows("This conversation was changed in another place")
        assert stale.page.draft == "Third"
        assert stale.page.messages("user_message") == ["First", "Second"]
        assert engine.asked("Third") == []
        await stale.ask("Third")
        assert [text for text in engine.asked("Third")[0].said if text[0] != "H"] == [
            "First",
            "Second",
            "Third",
        ]


async def test_what_a_dead_process_wrote_is_marked_by_the_other(
    replicas: tuple[FakeEngine, Product, Product],
) -> None:
    engine, one, other = replicas
    engine.enqueue(numbered("w", 500, tokens_per_second=20), to="Count")
    async with Person(one.url) as person, Person(other.url) as watcher:
        await person.send("Count")
        await person.shows("w.50")
        await watcher.open(person.page.thread_id)
        await one.kill()
        await watcher.shows("Interrupted: this reply was not finished.", within_seconds=15)
        await watcher.until(lambda: not watcher.page.loading)
        assert watcher.page.messages("assistant_message")[0].startswith("w.0 w.1 w.2")


async def test_a_question_sent_to_one_process_is_in_the_sidebar_of_the_other(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.new_database()
    async with FakeEngine() as engine:
        env = {"WARMLINE_ENGINE_URL": engine.url, "WARMLINE_DATABASE_URL": url}
        async with Product(tmp_path / "one", env) as one, Product(tmp_path / "two", env) as two:
            await one.ready()
            async with Person(one.url) as person, Person(two.url) as other:
                await person.ask("Hello")
                assert [t["name"] for t in await other.threads()] == ["Hello"]
