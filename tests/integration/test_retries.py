"""Before the first token what may pass is tried again, and the page says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import (
    ContextOverflow,
    Done,
    ErrorEvent,
    HangBeforeHeaders,
    Html,
    HttpError,
    Pause,
    Reply,
    ResetBeforeHeaders,
    Say,
    Stream,
    says,
)
from tests.fakes.stack import Stack, running_stack

INTERNAL = (
    "127.0.0.1",
    "localhost",
    "Traceback",
    "Error:",
    "http://",
    "EngineCore",
    "queue is full",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A product that is less patient than by default."""
    impatient = {
        "WARMLINE_FIRST_TOKEN_TIMEOUT_SECONDS": "1",
        "WARMLINE_RETRY_DEADLINE_SECONDS": "5",
    }
    async with running_stack(tmp_path_factory.mktemp("data"), impatient) as stack:
        yield stack


def toasts_and_messages(person: Person) -> str:
    """Everything that the page has ever been told."""
    return "\n".join(str(event.data) for event in person.events)


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (HttpError(408), "The model is busy."),
        (HttpError(409), "The model is busy."),
        (HttpError(429), "The model is busy."),
        (HttpError(500), "The model had a fault of its own."),
        (HttpError(502), "The model had a fault of its own."),
        (HttpError(503), "The model is busy."),
        (Stream(ErrorEvent(503), Done()), "The model is busy."),
        (Stream(ErrorEvent(500), Done()), "The model had a fault of its own."),
        (Stream(Done()), "The model does not answer at the moment."),
        (ResetBeforeHeaders(), "The model does not answer at the moment."),
        (HangBeforeHeaders(says("late")), "The model is still starting: no first word came"),
        (Stream(Pause(3), Say("late")), "The model is still starting: no first word came"),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value),
)
async def test_what_may_pass_is_tried_again_and_the_page_says_so(
    failure: Reply, cause: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(failure, says("There it is."), to="Hello")
    shown = await person.ask("Hello")

    assert shown == "There it is."
    assert len(engine.asked("Hello")) == 2
    told = toasts_and_messages(person)
    assert cause in told
    assert "Trying again in" in told
    assert "(2nd try)" in told
    assert not any(word in told for word in INTERNAL)


async def test_while_a_retry_is_waited_for_there_is_no_empty_reply_beside_the_note(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(503, retry_after="1"), says("There it is."), to="Hello")
    question = await person.send("Hello")
    await person.shows("Trying again in")
    assert person.page.reply_to(question).startswith("The model is busy.")
    await person.until(lambda: person.page.reply_to(question) == "There it is.")


async def test_each_try_is_counted_and_waits_longer(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(*[HttpError(503)] * 3, says("There it is."), to="Hello")
    assert await person.ask("Hello") == "There it is."

    told = toasts_and_messages(person)
    assert [f"({n} try)" in told for n in ("2nd", "3rd", "4th")] == [True] * 3
    began = [request.started_at for request in engine.asked("Hello")]
    waits = [after - before for before, after in pairwise(began)]
    assert waits[0] < 0.7
    assert waits[2] > 0.9


async def test_the_engines_retry_after_is_honoured(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(HttpError(429, retry_after="2"), says("There it is."), to="Hello")
    await person.ask("Hello")
    first, second = engine.asked("Hello")
    assert 2.0 <= second.started_at - (first.ended_at or 0) < 3.0


async def test_a_message_that_was_accepted_waits_for_an_engine_that_comes_back(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(503), to="Hello")
    question = await person.send("Hello")
    await engine.request("Hello")
    await engine.close()
    await chat.phase("lost")

    await engine.open()
    await person.until(lambda: "Hello from the engine." in person.page.reply_to(question))


async def test_at_the_deadline_it_stops_and_the_message_can_be_tried_again(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(*[HttpError(503)] * 30, to="Hello")
    shown = await person.ask("Hello")
    assert shown.startswith("The model is busy. I tried ")
    assert "Your message is kept: you can try again." in shown
    assert person.page.messages("user_message") == ["Hello"]

    engine.reset()
    await person.press("retry")
    await person.shows("Hello from the engine.")
    assert "I tried" not in person.page.text()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (HttpError(400), "The model's server did not accept this request."),
        (HttpError(401), "The model's server refused the key: please check"),
        (
            HttpError(404, "The model `x` does not exist."),
            "The model named in WARMLINE_MODEL is not",
        ),
        (ContextOverflow(), "This conversation is too long for the model: it has 4,097 tokens"),
        (Html(), "What answers in the model's place is not a model server"),
        (Html(404), "What answers in the model's place is not a model server"),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value),
)
async def test_what_does_not_pass_is_not_tried_again(
    failure: Reply, sentence: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(failure, says("never asked for"), to="Hello")
    shown = await person.ask("Hello")
    assert sentence in shown
    assert len(engine.asked("Hello")) == 1
    assert not any(word in toasts_and_messages(person) for word in INTERNAL)
    assert (await person.button("retry"))["label"] == "Try again"


async def test_a_chinese_page_reads_of_retries_in_chinese(
    chat: Product, engine: FakeEngine
) -> None:
    engine.enqueue(HttpError(503), says("你好。"), to="你好")
    async with Person(chat.url, language="zh-CN") as person:
        assert await person.ask("你好") == "你好。"
        told = toasts_and_messages(person)
        assert "模型正忙。将在" in told
        assert "（第 2 次尝试）" in told
