"""The numbers under each reply: what the engine reported, "—" where it did not."""

from __future__ import annotations

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import HttpError, Usage, numbered, says


async def line(person: Person) -> str:
    """The line under the last reply."""
    label: str = (await person.button("numbers"))["label"]
    return label


async def details(person: Person) -> dict[str, str]:
    """All numbers of the last reply, which a press on the line shows."""
    button = await person.button("numbers")
    person.page.words.pop("numbers", None)
    await person.act(button)
    await person.until(lambda: "numbers" in person.page.words, "the numbers in full")
    shown = person.page.words["numbers"]
    assert f"{shown['reply']}.numbers" == button["id"]
    return dict(shown["rows"])


async def test_every_reply_shows_its_numbers(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(
        says(
            " ".join(["word"] * 21),
            wait_seconds=0.3,
            tokens_per_second=20,
            usage=Usage(prompt_tokens=1234, cached_tokens=1216, queue_seconds=0.21),
        ),
        to="Count",
    )
    await person.ask("Count")
    ttft, rate, output = (await line(person)).removeprefix("first token ").split(" · ")
    assert 0.3 <= float(ttft.removesuffix(" s")) < 0.6
    assert 17 <= float(rate.removesuffix(" tok/s")) <= 21
    assert output == "21 tokens"
    assert await details(person) == {
        "First token after": ttft,
        "Speed after that": f"{rate.removesuffix(' tok/s')} tokens a second",
        "Prompt": "1,234 tokens",
        "… of it from the cache": "1,216 tokens",
        "Reply": "21 tokens",
        "Waited in the engine's queue": "0.21 s",
        "Waited before it was sent": "0.00 s",
        "Ended by": "stop: the model had finished",
    }


async def test_they_are_no_notice_over_the_page(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    await details(person)
    assert person.page.toasts == []


async def test_they_are_there_after_the_conversation_is_opened_again(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One", usage=Usage(prompt_tokens=77, queue_seconds=0.5)), to="Count")
    await person.ask("Count")
    before = await details(person)
    await person.open(person.page.thread_id)
    assert await details(person) == before


async def test_what_the_engine_did_not_report_is_a_dash(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(says("One two three", usage="none"), to="Count")
    await person.ask("Count")
    assert (await line(person)).endswith("— tok/s · — tokens")
    shown = await details(person)
    assert {name: shown[name] for name in ("Prompt", "… of it from the cache", "Reply")} == {
        "Prompt": "— tokens",
        "… of it from the cache": "— tokens",
        "Reply": "— tokens",
    }
    assert shown["Waited in the engine's queue"] == "—"


async def test_a_cache_that_was_not_used_is_zero_and_no_dash(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One", usage=Usage(cached_tokens=0)), to="Count")
    await person.ask("Count")
    assert (await details(person))["… of it from the cache"] == "0 tokens"


async def test_the_wait_for_a_retry_is_no_part_of_the_first_tokens_time(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(429, retry_after="1"), says("One"), to="Count")
    await person.ask("Count")
    shown = await details(person)
    assert float(shown["First token after"].removesuffix(" s")) < 0.5
    assert 1.0 <= float(shown["Waited before it was sent"].removesuffix(" s")) < 2.5


async def test_tokens_are_counted_by_the_engine_not_by_events_or_words(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("word", 40, tokens_per_second=400, tokens_per_chunk=8), to="Count")
    await person.ask("Count")
    assert (await line(person)).endswith(" 40 tokens")


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("stop", "stop: the model had finished"),
        ("length", "length: the limit was reached"),
        ("repetition", "repetition"),
    ],
)
async def test_the_finish_reason_is_shown(
    reason: str, shown: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One", finish_reason=reason), to="Count")
    await person.ask("Count")
    assert (await details(person))["Ended by"] == shown


async def test_a_chinese_page_reads_them_in_chinese(chat: Product, engine: FakeEngine) -> None:
    async with Person(chat.url, language="zh-CN") as person:
        await person.ask("你好")
        assert (await line(person)).startswith("首字 ")
        assert (await details(person))["结束原因"] == "stop：模型已写完"


async def test_a_reply_that_is_not_there_shows_nothing(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    button = await person.button("numbers")
    await person.act({**button, "payload": {"message_id": "gone"}})
    await details(person)  # the next press is answered: the one before has done nothing
