"""An edited message is answered anew, and all below it goes."""

from __future__ import annotations

import asyncio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.replies import numbered, says


async def ask(person: Person, text: str) -> str:
    """Ask, and return the id of the question when its reply is complete."""
    before = len(person.events)
    question = await person.send(text)
    await person.done(before)
    return question


def shown(person: Person) -> list[str]:
    steps = person.page.steps.values()
    return [step["output"] for step in steps if step["type"] != "run"]


async def test_an_edited_message_is_answered_anew(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(says("Paris."), to="France")
    engine.enqueue(says("Rome."), to="Italy")
    question = await ask(person, "France?")

    await person.edit(question, "Italy?")
    await person.shows("Rome.")
    assert shown(person) == ["Italy?", "Rome."]
    assert engine.asked("Italy?")[0].said == ["Italy?"]


async def test_all_below_an_edited_message_goes_from_the_page_and_from_the_prompt(
    engine: FakeEngine, person: Person
) -> None:
    first = await ask(person, "First")
    await ask(person, "Second")
    before = len(person.events)
    await person.edit(first, "Changed")
    await person.done(before)
    assert shown(person) == ["Changed", "Hello from the engine."]

    await ask(person, "Third")
    assert engine.asked("Third")[0].said == ["Changed", "Hello from the engine.", "Third"]


async def test_an_edit_while_its_reply_streams_ends_that_reply(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("old", 500, tokens_per_second=40), to="First")
    engine.enqueue(says("New."), to="Changed")
    question = await person.send("First")
    await person.shows("old.3")
    began = asyncio.get_running_loop().time()
    await person.edit(question, "Changed")
    old = await engine.ended(engine.asked("First")[0])
    assert old.outcome == "aborted"
    assert (old.ended_at or 0) - began < 1.0

    await person.shows("New.")
    await person.until(lambda: not person.page.loading)
    assert shown(person) == ["Changed", "New."]


async def test_an_edit_of_an_unknown_message_is_a_message(
    engine: FakeEngine, person: Person
) -> None:
    """As after a restart of the chat, whose page still shows what was said before."""
    question = await ask(person, "Hello")
    forgotten = "00000000-0000-4000-8000-000000000000"
    person.page.steps = {forgotten: {**person.page.steps[question], "id": forgotten}}

    before = len(person.events)
    await person.edit(forgotten, "Who are you?")
    await person.done(before)
    assert len(engine.asked("Who are you?")) == 1
    assert "Hello from the engine." in person.page.reply_to(forgotten)


async def test_an_edit_to_nothing_is_refused_and_changes_nothing(
    engine: FakeEngine, person: Person
) -> None:
    question = await ask(person, "Hello")
    await person.edit(question, "  \n ")
    await person.until(lambda: person.page.toasts, "a sentence")
    assert "There is nothing in this message to answer." in person.page.toasts[-1]
    await person.shows("Hello from the engine.")
    assert shown(person) == ["Hello", "Hello from the engine."]
    assert not person.page.loading


async def test_two_edits_at_once_leave_one_reply(engine: FakeEngine, person: Person) -> None:
    question = await ask(person, "First")
    engine.enqueue(numbered("one", 500, tokens_per_second=40), to="Changed once")
    engine.enqueue(says("Two."), to="Changed twice")
    await asyncio.gather(
        person.edit(question, "Changed once"), person.edit(question, "Changed twice")
    )
    await person.shows("Two.")
    await person.until(lambda: not person.page.loading)
    assert shown(person) == ["Changed twice", "Two."]
    await engine.until(lambda: engine.running == 0)
