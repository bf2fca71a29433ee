"""The context's meter beside the composer: live with each turn, honest about what is not known."""

from __future__ import annotations

from typing import Any

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import Hang, Say, Stream, Usage, says


async def meter(person: Person, text: str) -> dict[str, Any]:
    """The meter, as soon as it shows the text."""

    def shown() -> dict[str, Any]:
        data: dict[str, Any] | None = person.page.words.get("composer", {}).get("meter")
        return data if data is not None and data["text"] == text else {}

    return await person.until(shown, f"a meter of {text}")


async def test_a_new_page_has_no_meter(person: Person) -> None:
    await person.until(lambda: "composer" in person.page.words)
    assert person.page.words["composer"] == {"settings": "Settings", "meter": None}


async def test_it_follows_every_turn_by_the_engines_own_count(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One two three", usage=Usage(prompt_tokens=1000)), to="Apples?")
    engine.enqueue(says("One two", usage=Usage(prompt_tokens=3600)), to="Pears?")
    await person.ask("Apples?")
    shown = await meter(person, "1,003 / 4,096")
    assert 0.24 < shown["fraction"] < 0.25
    assert shown["about"] == (
        "1,003 of 4,096 tokens of the context are in use, as the engine counted."
    )
    await person.ask("Pears?")
    shown = await meter(person, "3,602 / 4,096")
    assert shown["about"].endswith("When it is full, the oldest messages are left out.")


async def test_it_is_there_again_when_the_conversation_is_opened(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One two three", usage=Usage(prompt_tokens=1000)), to="Apples?")
    await person.ask("Apples?")
    await person.open(person.page.thread_id)
    await meter(person, "1,003 / 4,096")


async def test_a_reply_without_a_count_is_estimated_and_says_so(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("One two three"), Hang()), to="Apples?")
    await person.send("Apples?")
    await person.shows("One two three")
    await person.stop()
    await person.until(lambda: person.page.words["composer"]["meter"] is not None)
    shown = person.page.words["composer"]["meter"]
    assert shown["text"].startswith("≈ ")
    assert shown["about"].startswith("About ")
    assert engine.num_probes["/tokenize"] == 0


async def test_near_the_limit_the_engines_tokenizer_is_asked(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("One"), Hang()), to="word")
    await person.send("word " * 2000)
    await person.shows("One")
    await person.stop()
    shown = await person.until(lambda: person.page.words["composer"]["meter"], "a meter")
    assert not shown["text"].startswith("≈")
    assert shown["about"].endswith("as the engine counted.")


async def test_a_limit_that_the_engine_does_not_say_is_said_to_be_unknown(
    engine: FakeEngine, chat: Product
) -> None:
    await engine.close()
    await chat.phase("lost")
    engine.max_model_len = None
    await engine.open()
    await chat.ready()
    async with Person(chat.url) as person:
        engine.enqueue(says("One", usage=Usage(prompt_tokens=10)), to="Apples?")
        await person.ask("Apples?")
        shown = await meter(person, "11 / —")
    assert shown["fraction"] is None
    assert shown["about"] == "11 tokens are in use; how many the model takes is not known."


async def test_a_chinese_page_reads_it_in_chinese(engine: FakeEngine, chat: Product) -> None:
    async with Person(chat.url, language="zh-CN") as person:
        engine.enqueue(says("一", usage=Usage(prompt_tokens=10)), to="你好")
        await person.ask("你好")
        shown = await meter(person, "11 / 4,096")
    assert shown["label"] == "上下文"
    assert shown["about"] == "上下文已使用 11 个 token，共 4,096 个（引擎统计）。"
