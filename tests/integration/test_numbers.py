"""The numbers under each reply: what the engine reported, "—" where it did not."""

from __future__ import annotations

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import HttpError, Usage, numbered, says


async def numbers(person: Person) -> tuple[str, str]:
    """The line under the last reply, and its details."""
    button = await person.button("numbers")
    return button["label"], button["tooltip"]


async def test_every_reply_shows_its_numbers(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(
        says(
            " ".join(["word"] * 21),
            wait_seconds=0.3,
            tokens_per_second=20,
            usage=Usage(prompt_tokens=1234, cached_tokens=1216),
        ),
        to="Count",
    )
    await person.ask("Count")
    line, details = await numbers(person)

    ttft, rate, output = line.removeprefix("first token ").split(" · ")
    assert 0.3 <= float(ttft.removesuffix(" s")) < 0.6
    assert 17 <= float(rate.removesuffix(" tok/s")) <= 21
    assert output == "21 tokens"
    assert "Prompt: 1,234 tokens, 1,216 of them from the cache. Reply: 21 tokens." in details
    assert "Ended by: stop." in details


async def test_a_press_on_the_line_shows_them_all(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    _, details = await numbers(person)
    await person.press("numbers")
    await person.until(lambda: person.page.toasts == [details])


async def test_what_the_engine_did_not_report_is_a_dash(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(says("One two three", usage="none"), to="Count")
    await person.ask("Count")
    line, details = await numbers(person)
    assert line.endswith("— tokens")
    assert "— tok/s" in line
    assert details.startswith("Prompt: — tokens, — of them from the cache. Reply: — tokens.")


async def test_a_cache_that_was_not_used_is_zero_and_no_dash(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One", usage=Usage(cached_tokens=0)), to="Count")
    await person.ask("Count")
    assert ", 0 of them from the cache." in (await numbers(person))[1]


async def test_the_wait_for_a_retry_is_no_part_of_the_first_tokens_time(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(429, retry_after="1"), says("One"), to="Count")
    await person.ask("Count")
    line, details = await numbers(person)
    assert float(line.split()[2]) < 0.5
    waited = details.split("waited ")[1].split(" s before")[0]
    assert 1.0 <= float(waited) < 2.5


async def test_tokens_are_counted_by_the_engine_not_by_events_or_words(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("word", 40, tokens_per_second=400, tokens_per_chunk=8), to="Count")
    await person.ask("Count")
    assert (await numbers(person))[0].endswith(" 40 tokens")


@pytest.mark.parametrize(("reason", "shown"), [("stop", "stop"), ("length", "length")])
async def test_the_finish_reason_is_shown(
    reason: str, shown: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One", finish_reason=reason), to="Count")
    await person.ask("Count")
    assert (await numbers(person))[1].endswith(f"Ended by: {shown}.")


async def test_a_chinese_page_reads_them_in_chinese(chat: Product, engine: FakeEngine) -> None:
    async with Person(chat.url, language="zh-CN") as person:
        await person.ask("你好")
        line, details = await numbers(person)
        assert line.startswith("首字 ")
        assert "结束原因：stop。" in details
