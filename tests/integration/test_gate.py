"""The gate: nothing reaches the engine before it is warm, whichever way a message comes."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.records import ChatRequest
from tests.fakes.replies import Hang, HttpError, Say, Stream, says
from tests.fakes.stack import Stack

CLOSES_WITHIN_SECONDS = 15.0  # the contract's
OPENS_WITHIN_SECONDS = 20.0  # the contract's
NOT_SENT = "The model is not ready yet, so nothing was sent."


def of_model(engine: FakeEngine, model: str) -> list[ChatRequest]:
    return [request for request in engine.requests if request.body["model"] == model]


async def test_a_warm_up_comes_before_the_first_message_alone_and_at_once(
    chat: Product, engine: FakeEngine
) -> None:
    engine.default = says("A word.", wait_seconds=0.2)  # long enough to be at once
    engine.models = ["another-model"]  # takes the place of the one that is warm
    await engine.until(lambda: of_model(engine, "another-model"))
    await chat.ready()

    warm_up = of_model(engine, "another-model")
    assert warm_up[0].num_running == 1
    # the fake engine has no launcher that says how much it takes at once: the usual largest burst
    assert max(request.num_running for request in warm_up) == 32
    assert len({request.last_user for request in warm_up}) == len(warm_up)


async def test_a_message_at_a_closed_gate_is_refused_and_comes_back_into_the_composer(
    engine: FakeEngine, person: Person
) -> None:
    await engine.close()
    await person.sees_gate(open=False)

    await person.send("Too early")
    await person.shows(NOT_SENT)

    assert person.page.draft == "Too early"
    assert person.page.messages("user_message") == []
    assert person.page.loading
    assert engine.asked("Too early") == []


async def test_the_same_page_sends_as_soon_as_the_engine_is_back(
    engine: FakeEngine, person: Person
) -> None:
    await engine.close()
    await person.sees_gate(open=False)
    await person.send("Too early")
    await person.shows(NOT_SENT)

    await engine.open()
    await person.sees_gate(open=True)
    await person.until(lambda: not person.page.loading, "the composer is free")
    assert "Hello from the engine." in await person.ask("Now?")
    assert NOT_SENT not in person.page.text()


async def test_an_edited_message_does_not_pass_a_closed_gate(
    engine: FakeEngine, person: Person
) -> None:
    question = await person.send("First")
    await person.shows("Hello from the engine.")
    await engine.close()
    await person.sees_gate(open=False)

    await person.edit(question, "Changed")
    await person.shows("Hello from the engine.")

    assert person.page.messages("user_message") == ["First"]
    assert NOT_SENT in person.page.toasts[-1]
    await engine.open()
    await person.sees_gate(open=True)
    assert engine.asked("Changed") == []


async def test_a_button_does_not_pass_a_closed_gate(engine: FakeEngine, person: Person) -> None:
    await person.ask("First")
    await engine.close()
    await person.sees_gate(open=False)

    await person.press("regenerate")
    await person.until(lambda: person.page.toasts, "a sentence")

    assert NOT_SENT in person.page.toasts[-1]
    assert person.page.messages("assistant_message") == ["Hello from the engine."]
    await engine.open()
    await person.sees_gate(open=True)
    assert len(engine.asked("First")) == 1


async def test_an_edit_at_a_closed_gate_leaves_the_reply_that_streams_alone(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("One two"), Hang(), *says(" three").steps), to="Count")
    question = await person.send("Count")
    await person.shows("One two")
    engine.health = 503
    await person.sees_gate(open=False)

    await person.edit(question, "Count again")
    await person.until(lambda: person.page.toasts, "a sentence")
    engine.release()
    await person.until(lambda: "One two three" in person.page.reply_to(question))

    assert person.page.messages("user_message") == ["Count"]


@pytest.mark.parametrize("how", ["killed", "unhealthy", "no model"])
async def test_it_closes_for_everyone_when_the_engine_goes_away_and_opens_again_by_itself(
    how: str, stack: Stack, engine: FakeEngine, person: Person, other_person: Person
) -> None:
    began = time.monotonic()
    if how == "killed":
        await engine.close()
    elif how == "unhealthy":
        engine.health = 503
    else:
        engine.models = []
    await asyncio.gather(person.sees_gate(open=False), other_person.sees_gate(open=False))
    await person.until(lambda: person.page.loading, "the composer is locked")
    await other_person.until(lambda: other_person.page.loading, "the composer is locked")
    assert time.monotonic() - began < CLOSES_WITHIN_SECONDS
    assert (await stack.chat.readyz())["phase"] == "lost"
    assert person.page.gate["title"] == "The model went away and is coming back"

    began = time.monotonic()
    engine.reset()
    await engine.open()
    await asyncio.gather(person.sees_gate(open=True), other_person.sees_gate(open=True))
    assert time.monotonic() - began < OPENS_WITHIN_SECONDS
    assert "Hello from the engine." in await other_person.ask("Back?")


async def test_an_engine_that_hangs_closes_it_in_time(
    stack: Stack, engine: FakeEngine, person: Person
) -> None:
    engine.health = None
    began = time.monotonic()
    await person.sees_gate(open=False)
    assert time.monotonic() - began < CLOSES_WITHIN_SECONDS


async def test_an_engine_that_answers_but_does_not_generate_keeps_it_closed(
    stack: Stack, engine: FakeEngine, person: Person
) -> None:
    engine.default = HttpError(500)
    engine.models = ["another-model"]
    body = await stack.chat.shows(lambda body: body["problem"], "a problem")
    assert body["phase"] == "warming_up"
    assert body["problem"]["kind"] == "warmup_failed"
    await person.shows("The model server is up but does not generate yet.")

    engine.default = says("Hello again.")
    await person.sees_gate(open=True)
    assert "Hello again." in await person.ask("Now?")
