"""A person's settings: what is chosen is what the engine is asked; a mistake changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from config.presets import load_presets
from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.records import ChatRequest
from tests.fakes.replies import Hang, HttpError, Say, Stream, says

CODE = load_presets().profile("code")
SENT_ALWAYS = {"model", "messages", "stream", "stream_options"}
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
EVERYTHING = {
    "system_prompt": "Answer like a pirate.",
    "temperature": "0",
    "top_p": "0.5",
    "top_k": "40",
    "max_tokens": "200",
    "seed": "7",
    "stop": "END\n###",
    "json_schema": json.dumps(SCHEMA),
}


def chosen(request: ChatRequest) -> dict[str, Any]:
    return {name: value for name, value in request.body.items() if name not in SENT_ALWAYS}


async def keep(person: Person, **form: str) -> None:
    await person.ask_server("keep_choices", "choices_kept", form=form)


async def values(person: Person) -> dict[str, str]:
    """What stands in the fields that are not empty."""
    form = await person.ask_server("choices", "choices")
    return {field["name"]: field["value"] for field in form["fields"] if field["value"]}


async def mistakes(person: Person, **form: str) -> dict[str, str]:
    refused = await person.ask_server("keep_choices", "choices_refused", form=form)
    found: dict[str, str] = refused["mistakes"]
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def person(chat: Product) -> AsyncIterator[Person]:
    """A person who has chosen nothing, before and after."""
    async with Person(chat.url) as person:
        yield person
    async with Person(chat.url) as person:
        await person.ask_server("reset_choices", "choices")


async def test_the_engine_is_asked_exactly_what_was_chosen(
    engine: FakeEngine, person: Person
) -> None:
    await keep(person, **EVERYTHING)
    await person.ask("Hello")
    (request,) = engine.asked("Hello")
    assert request.said == ["Answer like a pirate.", "Hello"]
    assert chosen(request) == {
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 40,
        "max_tokens": 200,
        "seed": 7,
        "stop": ["END", "###"],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA},
        },
    }


async def test_they_hold_from_the_next_message_on(engine: FakeEngine, person: Person) -> None:
    await person.ask("Apples?")
    await keep(person, temperature="0.3")
    await person.ask("Pears?")
    assert chosen(engine.asked("Apples?")[0]) == {}
    assert chosen(engine.asked("Pears?")[0]) == {"temperature": 0.3}


async def test_they_are_remembered_by_the_next_page_and_after_a_restart(
    engine: FakeEngine, person: Person, chat: Product
) -> None:
    await keep(person, **EVERYTHING)
    async with Person(chat.url) as other_tab:
        assert await values(other_tab) == EVERYTHING
    await chat.end()
    await chat.start()
    await chat.healthy()
    await chat.ready()
    async with Person(chat.url) as later:
        assert await values(later) == EVERYTHING
        await later.ask("Hello")
    assert engine.asked("Hello")[0].body["seed"] == 7


async def test_one_action_takes_them_all_back(engine: FakeEngine, person: Person) -> None:
    await keep(person, **EVERYTHING)
    form = await person.ask_server("reset_choices", "choices")
    assert form["said"] == "All settings are as they are by default."
    assert await values(person) == {}
    await person.ask("Hello")
    assert chosen(engine.asked("Hello")[0]) == {}


async def test_each_profile_has_its_own(engine: FakeEngine, person: Person, chat: Product) -> None:
    await keep(person, system_prompt="Answer like a pirate.", seed="1")
    async with Person(chat.url, profile="code") as coder:
        assert await values(coder) == {}
        await keep(coder, temperature="0.9")
        await coder.ask("Hello")
        await coder.ask_server("reset_choices", "choices")
    (request,) = engine.asked("Hello")
    assert request.said[0] == CODE.words("en").system_prompt
    assert chosen(request) == {"temperature": 0.9, "top_p": CODE.top_p}


async def test_an_empty_field_says_what_holds_instead(person: Person, chat: Product) -> None:
    async with Person(chat.url, profile="code") as coder:
        form = await coder.ask_server("choices", "choices")
    assert form["title"] == "Settings for “Code”"
    defaults = {field["name"]: field["default"] for field in form["fields"]}
    assert defaults["system_prompt"] == CODE.words("en").system_prompt
    assert (defaults["temperature"], defaults["top_p"]) == ("0.2", "0.95")
    assert defaults["top_k"] == "as the engine has it"


MISTAKES = {
    "temperature": ("3", "Please write a number from 0 to 2.", "请填写 0 到 2 之间的数字。"),
    "top_p": ("0", "Please write a number above 0, up to 1.", "请填写大于 0 且不超过 1 的数字。"),
    "top_k": ("many", "Please write a number, such as 0.7.", "请填写一个数字，例如 0.7。"),
    "max_tokens": (
        "4097",
        "Please write a number from 1 to 4,096.",
        "请填写 1 到 4,096 之间的数字。",
    ),
    "seed": ("1.5", "Please write a whole number.", "请填写整数。"),
    "json_schema": (
        '{"type": object}',
        "This is no JSON: look at line 1, column 10.",
        "这不是有效的 JSON：请检查第 1 行第 10 列。",
    ),
}


@pytest.mark.parametrize("field", MISTAKES)
async def test_a_mistake_is_one_sentence_and_changes_nothing(
    person: Person, chat: Product, field: str
) -> None:
    text, english, chinese = MISTAKES[field]
    await keep(person, seed="7", temperature="0.5")
    assert await mistakes(person, **{"seed": "8", field: text}) == {field: english}
    async with Person(chat.url, language="zh-CN") as chinese_page:
        assert await mistakes(chinese_page, **{field: text}) == {field: chinese}
    assert await values(person) == {"seed": "7", "temperature": "0.5"}


async def test_a_schema_that_would_hold_the_engine_up_never_reaches_it(
    engine: FakeEngine, person: Person
) -> None:
    circle = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
    found = await mistakes(person, json_schema=json.dumps(circle))
    assert "leads in a circle" in found["json_schema"]
    await person.ask("Hello")
    assert chosen(engine.asked("Hello")[0]) == {}


@pytest.mark.parametrize("form", [None, 3, [], {"temperature": 1}, {"unknown": "1"}])
async def test_what_is_no_form_chooses_nothing(person: Person, form: Any) -> None:
    await person.ask_server("keep_choices", "choices_kept", form=form)
    assert await values(person) == {}


async def test_a_schema_that_the_engine_refuses_is_said_to_be_the_reason(
    engine: FakeEngine, person: Person
) -> None:
    await keep(person, json_schema=json.dumps(SCHEMA))
    engine.enqueue(HttpError(400, "Grammar error: unsupported"), to="Hello")
    reply = await person.ask("Hello")
    assert "did not accept the JSON schema of your settings" in reply
    assert "Grammar" not in reply


async def test_a_reply_is_continued_without_the_schema_which_would_begin_anew(
    engine: FakeEngine, person: Person
) -> None:
    await keep(person, json_schema=json.dumps(SCHEMA), seed="3")
    engine.enqueue(Stream(Say('{"answer": "y'), Hang()), says('es"}'), to="Is it?")
    await person.send("Is it?")
    await person.shows('{"answer": "y')
    await person.stop()
    await person.press("continue")
    await person.shows('{"answer": "yes"}')
    first, second = engine.asked("Is it?")
    assert "response_format" in first.body
    assert chosen(second) == {
        "seed": 3,
        "continue_final_message": True,
        "add_generation_prompt": False,
    }
