"""The chat's process ends in the middle of things: what was said is there, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.person import Person
from tests.fakes.replies import numbered, says
from tests.fakes.stack import Stack, running_stack
from tests.fakes.stored import file_url, stored_entries, stored_threads

STORED_EVERY_SECONDS = 2.0


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        yield stack


async def restart(stack: Stack, person: Person) -> None:
    """`kill -9`, another process in its place, and the page comes back."""
    await stack.chat.kill()
    await person.until(lambda: not person.connected, "the socket closes")
    await stack.chat.start()
    await stack.chat.healthy()
    await stack.chat.ready()
    await person.connect()


async def test_a_reply_cut_by_kill_9_is_there_marked_and_goes_on(stack: Stack) -> None:
    stack.engine.enqueue(numbered("w", 500, tokens_per_second=20), to="Count")
    stack.engine.enqueue(says(" and so on."), to="Count")
    async with Person(stack.chat.url) as person:
        question = await person.send("Count")
        await person.shows("w.5")
        await asyncio.sleep(1.2 * STORED_EVERY_SECONDS)
        await restart(stack, person)

        await person.shows("Interrupted: this reply was not finished.")
        assert person.page.reply_to(question).startswith("w.0 w.1 w.2")
        partial = (await stored_entries(file_url(stack.chat.data_dir), person.page.thread_id))[-1]
        assert (partial.outcome, partial.text[:7]) == ("interrupted", "w.0 w.1")

        await person.press("continue")
        await person.shows(partial.text + " and so on.")
        await person.until(lambda: not person.page.loading)
        assert "Interrupted" not in person.page.text()
        assert stack.engine.asked("Count")[-1].said == ["Count", partial.text]


async def test_a_reply_that_was_over_is_the_same_after_kill_9(stack: Stack) -> None:
    async with Person(stack.chat.url) as person:
        question = await person.send("Hello")
        await person.until(lambda: not person.page.loading and person.page.buttons())
        before = [button["id"] for button in person.page.buttons()]
        await restart(stack, person)
        await person.until(lambda: person.page.reply_to(question) == "Hello from the engine.")
        await person.until(lambda: [b["id"] for b in person.page.buttons()] == before)
        assert await person.ask("Again") == "Hello from the engine."
        assert stack.engine.asked("Again")[0].said[0] == "Hello"


async def test_nothing_sent_is_lost_or_doubled_by_kill_9_at_any_moment(stack: Stack) -> None:
    sent = []
    async with Person(stack.chat.url) as person:
        for number in range(4):
            stack.engine.enqueue(numbered("w", 30, tokens_per_second=60), to=f"No. {number}")
            before = len(person.events)
            sent.append(await person.send(f"No. {number}"))
            await person.hears("stream_start", since=before)
            await asyncio.sleep(0.2 * number)
            await restart(stack, person)
            await person.until(lambda: not person.page.loading)
    (thread,) = await stored_threads(file_url(stack.chat.data_dir))
    assert [e.id for e in thread.entries if e.role == "user"] == sent
    assert [e.role for e in thread.entries] == ["user", "assistant"] * len(sent)
    assert {e.outcome for e in thread.entries[1::2]} <= {"interrupted", "completed"}


async def test_a_shutdown_stores_what_was_written(stack: Stack) -> None:
    stack.engine.enqueue(numbered("w", 500, tokens_per_second=40), to="Count")
    async with Person(stack.chat.url) as person:
        await person.send("Count")
        await person.shows("w.5")
        await stack.chat.end()
        shown = person.page.messages("assistant_message")[0]
    _, reply = await stored_entries(file_url(stack.chat.data_dir), person.page.thread_id)
    assert reply.outcome == "interrupted"
    assert reply.text.startswith(shown.strip())
