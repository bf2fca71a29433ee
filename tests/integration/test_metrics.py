"""What Prometheus reads of the chat."""

from __future__ import annotations

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import Hang, HttpError, Reset, Say, Stream, says


async def turns(chat: Product) -> dict[str, float]:
    outcomes = ("completed", "stopped", "interrupted", "failed", "refused")
    samples = {name: f'warmline_turns_total{{outcome="{name}"}}' for name in outcomes}
    return {name: await chat.metric(sample) for name, sample in samples.items()}


async def test_turns_are_counted_by_how_they_ended(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(
        Stream(Say("One"), Reset()), HttpError(400), Stream(Say("One"), Hang()), to="bad"
    )
    await chat.counts("warmline_streams_open", 0)  # an earlier test's turn, its person gone
    before = await turns(chat)
    await person.ask("Hello")
    await person.ask("bad 1")
    await person.ask("bad 2")
    stopped = await person.send("bad 3")
    await person.until(lambda: "One" in person.page.reply_to(stopped))
    await person.stop()
    await person.until(lambda: "Stopped." in person.page.reply_to(stopped))
    await person.send(" ")
    await person.shows("There is nothing in this message")

    assert {name: count - before[name] for name, count in (await turns(chat)).items()} == {
        "completed": 1,
        "interrupted": 1,
        "failed": 1,
        "stopped": 1,
        "refused": 1,
    }


async def test_first_tokens_and_retries_are_counted(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(503), says("One two three", tokens_per_second=20), to="Hello")
    samples = [
        "warmline_ttft_seconds_count",
        "warmline_tpot_seconds_count",
        "warmline_retries_total",
    ]
    await chat.counts("warmline_streams_open", 0)  # an earlier test's turn, its person gone
    before = [await chat.metric(sample) for sample in samples]
    await person.ask("Hello")
    after = [await chat.metric(sample) for sample in samples]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]


async def test_streams_that_are_open_are_counted(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("One"), Hang(), *says(" two").steps), to="Hello")
    before = len(person.events)
    await person.send("Hello")
    await person.shows("One")
    assert await chat.metric("warmline_streams_open") == 1
    engine.release()
    await person.done(before)
    assert await chat.metric("warmline_streams_open") == 0


async def test_pages_that_are_connected_are_counted(chat: Product, person: Person) -> None:
    await person.until(lambda: "back" in person.page.words, "the chat has answered the page")
    before = await chat.metric("warmline_sessions_open")
    assert before >= 1
    async with Person(chat.url) as other:
        await other.until(lambda: "back" in other.page.words, "the chat has answered the page")
        assert await chat.metric("warmline_sessions_open") == before + 1
        await other.lose_network()
        await chat.counts("warmline_sessions_open", before)
        await other.connect()
        await chat.counts("warmline_sessions_open", before + 1)
    await chat.counts("warmline_sessions_open", before)


async def test_the_gate_is_shown(chat: Product, engine: FakeEngine) -> None:
    assert await chat.metric("warmline_gate_open") == 1
    assert await chat.metric('warmline_gate_phase{phase="ready"}') == 1
    assert 0 < await chat.metric("warmline_time_to_ready_seconds") < 60
    await engine.close()
    await chat.phase("lost")
    assert await chat.metric("warmline_gate_open") == 0
    assert await chat.metric('warmline_gate_phase{phase="lost"}') == 1


@pytest.mark.parametrize("secret", ["who am I to you", "Hello from the engine"])
async def test_no_word_of_a_conversation_is_in_metrics_or_log(
    secret: str, chat: Product, person: Person
) -> None:
    await person.ask("who am I to you")
    assert secret not in (await chat.get("/metrics"))[1]
    assert secret not in "\n".join(chat.log)
