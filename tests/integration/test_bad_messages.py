"""Messages that are not sent: each gets a sentence, and its text is not lost."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered

LONG = "word " * 40_000  # 200,000 characters


@pytest.mark.parametrize("text", ["", "   ", " \n\t ", "\x00\x07\x1b"])
async def test_a_message_without_content_is_refused(
    text: str, engine: FakeEngine, person: Person
) -> None:
    await person.send(text)
    await person.shows("There is nothing in this message to answer.")
    assert person.page.messages("user_message") == []
    await person.until(lambda: not person.page.loading)
    assert [request for request in engine.requests if not request.last_user.strip()] == []
    assert await person.ask("Hello") == "Hello from the engine."
    assert "There is nothing in this message" not in person.page.text()


async def test_control_characters_do_not_reach_the_engine(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("A\x00B\x1b[31mC\r\nD\tE\x7fF\x85G")
    assert engine.asked("AB")[0].said == ["AB[31mC\nD\tEFG"]


async def test_markup_and_odd_characters_reach_the_engine_as_they_are(
    engine: FakeEngine, person: Person
) -> None:
    text = '<script>alert(1)</script> {"a": 1} \\ %s {x} 👩‍👩‍👧 \u202e <|im_end|>'
    await person.ask(text)
    assert engine.asked("alert(1)")[0].said == [text]


async def test_200_000_characters_are_refused_with_the_limit_and_their_size_in_tokens(
    engine: FakeEngine, person: Person
) -> None:
    await person.send(LONG)
    await person.shows("This message is too long for the model: it has about ")

    shown = person.page.text()
    size = shown.split("it has about ")[1].split(" tokens")[0]
    assert 40_000 < int(size.replace(",", "")) < 120_000
    assert "(200,000 characters), and at most 4,032 tokens fit." in shown
    assert person.page.draft == LONG
    assert person.page.messages("user_message") == []
    assert engine.asked("word") == []
    assert await person.ask("Hello") == "Hello from the engine."
    assert engine.asked("Hello")[0].said == ["Hello"]


async def test_a_chinese_page_reads_of_it_in_chinese(chat: Product, engine: FakeEngine) -> None:
    async with Person(chat.url, language="zh-CN") as person:
        await person.send("很长的文字" * 40_000)
        await person.shows("这条消息对模型来说太长：约")
        assert "（200,000 个字符），最多只能容纳 4,032 个 token" in person.page.text()
        assert person.page.draft == "很长的文字" * 40_000


async def test_a_text_that_nearly_fits_is_counted_by_the_engines_own_tokenizer(
    engine: FakeEngine, person: Person
) -> None:
    fits, does_not = "a bc " * 3200, "a bc " * 3300  # 4,000 and 4,125 tokens
    await person.ask(fits)
    assert engine.num_probes["/tokenize"] == 1
    await person.send(does_not)
    await person.shows("it has about 4,129 tokens (16,500 characters)")


async def test_a_conversation_that_grows_too_long_goes_on_without_its_oldest_turns(
    engine: FakeEngine, person: Person
) -> None:
    for number in range(4):
        await person.ask(f"{number} " + "word " * 1000)
    [last] = engine.asked("3 word")
    assert last.num_prompt_tokens < 4096
    assert last.messages[0]["role"] == "user"
    assert not last.said[0].startswith("0 ")
    assert last.said[-1].startswith("3 ")


async def test_a_message_while_a_reply_is_written_is_refused_and_kept(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("word", 60, tokens_per_second=60), to="Count")
    question = await person.send("Count")
    await person.shows("word.5")
    await person.send("Meanwhile")
    await person.shows("The last reply is still being written, so this message was not sent.")
    assert person.page.draft == "Meanwhile"
    assert engine.asked("Meanwhile") == []

    await person.until(lambda: "word.59" in person.page.reply_to(question))
    await person.until(lambda: not person.page.loading)
    await person.ask("Now")
    assert len(engine.asked("Now")[0].said) == 3
    assert "still being written" not in person.page.text()


async def test_two_messages_at_once_are_one_turn_and_one_refusal(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("word", 20, tokens_per_second=40), to="me")
    await asyncio.gather(person.send("me first"), person.send("me second"))
    await person.shows("The last reply is still being written")
    await person.shows("word.19")
    assert len(engine.asked("me")) == 1
    assert len(person.page.messages("user_message")) == 1
