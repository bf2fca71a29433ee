"""Stop ends the engine's work within a second, whatever began it; what was written stays."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.records import ChatRequest
from tests.fakes.replies import HangBeforeHeaders, HttpError, Reply, numbered, says

LONG = numbered("word", 2000, tokens_per_second=40)
STOPPED = "Stopped. What was written is kept."


async def stop_and_measure(person: Person, engine: FakeEngine, request: ChatRequest) -> float:
    """Seconds from the press of Stop until the engine has nothing to do."""
    pressed_at = asyncio.get_running_loop().time()
    await person.stop()
    await engine.ended(request)
    assert request.outcome == "aborted"
    assert engine.running == 0
    return (request.ended_at or 0) - pressed_at


@pytest.mark.parametrize("how", ["sent", "edited", "regenerated", "tried again", "continued"])
async def test_stop_reaches_the_engine_within_a_second(
    how: str, engine: FakeEngine, person: Person
) -> None:
    before: dict[str, Reply] = {
        "edited": says("First."),
        "regenerated": says("First."),
        "tried again": HttpError(400),
        "continued": says("First.", finish_reason="length"),
    }
    if how != "sent":
        engine.enqueue(before[how], to="Count")
    engine.enqueue(LONG, to="Count")
    question = await person.send("Count")
    if how == "edited":
        await person.shows("First.")
        await person.edit(question, "Count again")
    elif how != "sent":
        buttons = {"regenerated": "regenerate", "tried again": "retry", "continued": "continue"}
        await person.press(buttons[how])
    await person.shows("word.5")

    assert await stop_and_measure(person, engine, engine.asked("Count")[-1]) < 1.0
    await person.shows(STOPPED)
    await person.until(lambda: not person.page.loading)
    text = person.page.messages("assistant_message")[0]
    assert text.startswith("First.word.0 word.1" if how == "continued" else "word.0 word.1")
    assert "Task manually stopped." not in person.page.text()


async def test_stop_before_the_first_token_reaches_the_engine(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HangBeforeHeaders(says("never")), to="Hello")
    await person.send("Hello")
    request = await engine.request("Hello")

    assert await stop_and_measure(person, engine, request) < 1.0
    await person.shows("Stopped.")
    assert (await person.button("retry"))["label"] == "Try again"
    assert "never" not in person.page.text()


async def test_stop_while_the_next_try_is_waited_for_ends_the_turn(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(429, retry_after="60"), to="Hello")
    await person.send("Hello")
    await person.shows("Trying again in")

    await person.stop()
    await person.shows("Stopped.", within_seconds=1)
    await person.until(lambda: not person.page.loading)
    assert "Trying again" not in person.page.text()
    assert len(engine.asked("Hello")) == 1


async def test_the_text_that_was_stopped_is_part_of_the_conversation(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(LONG, to="Count")
    await person.send("Count")
    await person.shows("word.5")
    await person.stop()
    await person.shows(STOPPED)
    await person.until(lambda: not person.page.loading)
    text = person.page.messages("assistant_message")[0]

    await person.ask("What next?")
    assert engine.asked("What next?")[0].said == ["Count", text, "What next?"]


async def test_a_stopped_reply_can_be_continued(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(LONG, says(" and so on."), to="Count")
    await person.send("Count")
    await person.shows("word.5")
    await person.stop()
    await person.shows(STOPPED)
    text = person.page.messages("assistant_message")[0]

    await person.press("continue")
    await person.shows(f"{text} and so on.")
    assert STOPPED not in person.page.text()


async def test_stop_pressed_again_and_again_is_stop(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(LONG, to="Count")
    await person.send("Count")
    await person.shows("word.5")
    await asyncio.gather(*(person.stop() for _ in range(5)))
    await person.shows(STOPPED)
    await person.until(lambda: not person.page.loading)
    assert await person.ask("Next") == "Hello from the engine."


async def test_stop_with_nothing_to_stop_changes_nothing(person: Person) -> None:
    await person.stop()
    assert await person.ask("Hello") == "Hello from the engine."


async def test_stop_of_one_leaves_the_others_alone(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    engine.enqueue(LONG, to="Mine")
    engine.enqueue(numbered("theirs", 60, tokens_per_second=40), to="Theirs")
    await person.send("Mine")
    question = await other_person.send("Theirs")
    await person.shows("word.2")
    await other_person.shows("theirs.2")
    await person.stop()
    await person.shows(STOPPED)
    await other_person.until(lambda: "theirs.59" in other_person.page.reply_to(question))
