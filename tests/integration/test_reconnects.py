"""A page whose socket drops misses nothing, and its return unlocks nothing."""

from __future__ import annotations

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import Hang, HttpError, Say, Stream, numbered, says

TURNS = 'warmline_turns_total{{outcome="{}"}}'
WORDS = " ".join(f"word.{number}" for number in range(60))


def count(*, tokens_per_second: float = 60) -> Stream:
    return numbered("word", 60, tokens_per_second=tokens_per_second)


def buttons(person: Person) -> list[str]:
    return [button["name"] for button in person.page.buttons()]


async def test_a_drop_in_mid_reply_loses_no_text(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(count(), to="Count")
    question = await person.send("Count")
    await person.shows("word.5")
    await person.lose_network()
    await engine.until(lambda: engine.asked("Count")[0].num_tokens_sent > 20)

    await person.connect()
    await person.until(lambda: person.page.reply_to(question) == WORDS)
    await person.until(lambda: buttons(person) == ["numbers", "regenerate"])


async def test_drop_after_drop_loses_no_text(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(count(), to="Count")
    question = await person.send("Count")
    for number in range(5, 50, 10):
        await person.shows(f"word.{number}")
        await person.lose_network()
        await person.connect()
    await person.until(lambda: person.page.reply_to(question) == WORDS)


async def test_a_drop_across_the_end_shows_the_end_all_the_same(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    num_completed = await chat.metric(TURNS.format("completed"))
    engine.enqueue(count(), to="Count")
    question = await person.send("Count")
    await person.shows("word.5")
    await person.lose_network()
    await chat.counts(TURNS.format("completed"), num_completed + 1)

    await person.connect()
    await person.until(lambda: person.page.reply_to(question) == WORDS)
    await person.until(lambda: buttons(person) == ["numbers", "regenerate"])
    await person.until(lambda: not person.page.loading)


async def test_a_drop_across_an_interruption_shows_it_once(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    num_interrupted = await chat.metric(TURNS.format("interrupted"))
    engine.enqueue(Stream(Say("Once upon a"), Hang(), Say(" time")), to="Story")
    await person.send("Story")
    await person.shows("Once upon a")
    await person.lose_network()
    engine.release()
    await chat.counts(TURNS.format("interrupted"), num_interrupted + 1)

    await person.connect()
    await person.shows("Once upon a time")
    await person.until(lambda: buttons(person) == ["continue", "retry"])
    assert person.page.text().count("Interrupted:") == 1


@pytest.mark.parametrize("num_drops", [1, 3])
async def test_a_page_that_comes_back_again_and_again_has_each_button_once(
    num_drops: int, engine: FakeEngine, person: Person
) -> None:
    await person.ask("Hello")
    for _ in range(num_drops):
        await person.lose_network()
        await person.connect()
        await person.sees_gate(open=True)
    await person.until(lambda: buttons(person) == ["numbers", "regenerate"])
    assert await person.ask("Again") == "Hello from the engine."


async def test_a_drop_before_the_first_token_loses_nothing(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(503, retry_after="1"), says("There it is."), to="Hello")
    question = await person.send("Hello")
    await person.shows("Trying again in")
    await person.lose_network()
    person.page.steps = {question: person.page.steps[question]}  # a page that missed the note

    await person.connect()
    await person.shows("Trying again in", within_seconds=0.8)
    await person.until(lambda: person.page.reply_to(question) == "There it is.")


async def test_a_page_that_never_comes_back_does_not_end_the_reply(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(count(), to="Count")
    await person.send("Count")
    await person.shows("word.5")
    await person.lose_network()
    request = await engine.ended(engine.asked("Count")[0])
    assert request.outcome == "finished"


async def test_stop_works_after_a_return(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(count(tokens_per_second=10), to="Count")
    await person.send("Count")
    await person.shows("word.2")
    await person.lose_network()
    await person.connect()
    await person.stop()
    request = await engine.ended(engine.asked("Count")[0], within_seconds=1)
    assert request.outcome == "aborted"
    await person.shows("Stopped.")


async def test_a_return_does_not_unlock_while_a_reply_streams(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(count(tokens_per_second=20), to="Count")
    await person.send("Count")
    await person.shows("word.2")
    before = len(person.events)
    await person.lose_network()
    await person.connect()
    await person.shows("word.20")
    assert "task_end" not in [event.name for event in person.events[before:]]
    assert person.page.loading


async def test_a_return_does_not_unlock_a_closed_gate(engine: FakeEngine, person: Person) -> None:
    await engine.close()
    await person.sees_gate(open=False)
    before = len(person.events)
    await person.lose_network()
    person.page.gate = {}
    await person.connect()
    await person.sees_gate(open=False)
    assert "task_end" not in [event.name for event in person.events[before:]]
    assert person.page.loading


async def test_a_message_that_arrives_twice_is_answered_once(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(count(tokens_per_second=200), to="Count")
    question = await person.send("Count")
    await person.post({"warmlineAsks": "sent", "id": question, "text": "Count"})
    await person.until(lambda: person.page.words.get("kept") == {"id": question})
    await person.post({"warmlineAsks": "sent", "id": question, "text": "Count"})
    await person.until(lambda: person.page.reply_to(question) == WORDS)
    await person.until(lambda: buttons(person) == ["numbers", "regenerate"])
    await person.post({"warmlineAsks": "sent", "id": question, "text": "Count"})
    await person.ask("Next")
    assert len(engine.asked("Count")) == 1
    assert person.page.messages("user_message") == ["Count", "Next"]


@pytest.mark.parametrize("word", [{}, {"id": "a"}, {"id": 1, "text": "x"}, {"text": "x"}])
async def test_a_message_once_more_without_an_id_or_a_text_is_none(
    engine: FakeEngine, person: Person, word: dict[str, object]
) -> None:
    await person.post({"warmlineAsks": "sent", **word})
    await person.ask("Next")
    assert person.page.messages("user_message") == ["Next"]


async def test_a_page_that_asks_for_what_is_stored_is_told_that_it_is_kept(
    engine: FakeEngine, person: Person
) -> None:
    before = len(person.events)
    question = await person.send("Kept?")
    await person.done(before)
    sent = {"id": question, "text": "Kept?"}
    assert await person.ask_server("sent", "kept", **sent) == {"id": question}
    assert len(engine.asked("Kept?")) == 1


async def test_another_message_that_was_lost_while_a_reply_streams_comes_back(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(count(), to="Count")
    await person.send("Count")
    await person.shows("word.5")
    draft = await person.ask_server("sent", "draft", id="0f1e", text="And this")
    assert draft == "And this"
    assert engine.asked("And this") == []
