"""A form of texts: read field by field, each mistake with its reason."""

from __future__ import annotations

import json

import pytest

from backend.chat.choice_form import FIELDS, read, written
from backend.chat.choices import Choices
from backend.errors import Value

SCHEMA = '{"type": "object", "properties": {"answer": {"type": "string"}}}'


def choices_of(**form: str) -> Choices:
    choices, mistakes = read(form, 4096)
    assert mistakes == {}
    return choices


def mistake_of(field: str, text: str, max_model_len: int | None = 4096) -> dict[str, Value]:
    choices, mistakes = read({field: text}, max_model_len)
    assert list(mistakes) == [field]
    assert choices == Choices()
    return mistakes[field].values


def test_a_form_is_read_as_it_is_written() -> None:
    assert choices_of(
        system_prompt=" Be short.\n",
        temperature="0.7",
        top_p="1",
        top_k="40",
        max_tokens="200",
        seed="9007199254740993",
        stop="END\n\n###\nEND",
        json_schema=SCHEMA,
    ) == Choices(
        system_prompt="Be short.",
        temperature=0.7,
        top_p=1.0,
        top_k=40,
        max_tokens=200,
        seed=9007199254740993,
        stop=("END", "###"),
        json_schema=SCHEMA,
    )


def test_empty_fields_choose_nothing() -> None:
    assert choices_of(**dict.fromkeys(FIELDS, "  \n ")) == Choices()


def test_a_form_that_is_written_is_read_the_same() -> None:
    chosen = Choices(temperature=0.0, top_k=0, stop=("a", " b"), json_schema=SCHEMA)
    assert choices_of(**written(chosen)) == chosen
    assert written(chosen)["temperature"] == "0"
    assert set(written(Choices()).values()) == {""}


@pytest.mark.parametrize(
    ("field", "text", "reason", "low", "high"),
    [
        ("temperature", "-0.1", "range", "0", "2"),
        ("temperature", "2.01", "range", "0", "2"),
        ("top_p", "0", "above", "0", "1"),
        ("top_p", "1.1", "above", "0", "1"),
        ("top_k", "-1", "range", 0, 1_000_000),
        ("max_tokens", "0", "range", 1, 4096),
        ("max_tokens", "4097", "range", 1, 4096),
        ("seed", "-1", "range", 0, 2**63 - 1),
        ("seed", "9223372036854775808", "range", 0, 2**63 - 1),
    ],
)
def test_a_number_out_of_range_is_told_its_range(
    field: str, text: str, reason: str, low: object, high: object
) -> None:
    assert mistake_of(field, text) == {"reason": reason, "low": low, "high": high}


@pytest.mark.parametrize("text", ["warm", "0,7", "nan", "inf", "1e999", "--1", "0x1"])
def test_what_is_no_number_is_said_so(text: str) -> None:
    assert mistake_of("temperature", text) == {"reason": "number"}


@pytest.mark.parametrize("text", ["1.5", "0.1"])
def test_a_fraction_is_no_whole_number(text: str) -> None:
    assert mistake_of("top_k", text) == {"reason": "whole"}


def test_a_context_that_is_not_known_does_not_bound_a_reply() -> None:
    assert read({"max_tokens": "100000"}, None) == (Choices(max_tokens=100_000), {})


@pytest.mark.parametrize(
    ("text", "line", "column"), [('{"type": object}', 1, 10), ('{\n  "a": 1\n  "b": 2}', 3, 3)]
)
def test_broken_json_is_told_where(text: str, line: int, column: int) -> None:
    assert mistake_of("json_schema", text) == {"reason": "json", "line": line, "column": column}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "true",
        '{"type": "thing"}',
        '{"required": "answer"}',
        '{"type": "object", "maximum": NaN}',
        "[" * 20_000,
        json.dumps({"properties": {"a": {"type": 3}}}),
    ],
)
def test_json_that_is_no_schema_is_said_so(text: str) -> None:
    assert mistake_of("json_schema", text) == {"reason": "schema"}


def test_texts_have_a_limit() -> None:
    assert mistake_of("system_prompt", "x" * 32_001) == {"reason": "length", "limit": 32_000}
    assert mistake_of("stop", "x" * 101) == {"reason": "length", "limit": 100}
    assert mistake_of("stop", "\n".join(map(str, range(17)))) == {"reason": "count", "limit": 16}


def test_a_system_prompt_leaves_half_of_the_context_to_the_conversation() -> None:
    found = mistake_of("system_prompt", "你好" * 2000)
    assert (found["reason"], found["limit"]) == ("tokens", 2048)
    assert read({"system_prompt": "你好" * 2000}, None)[1] == {}


def test_one_mistake_does_not_hide_another_or_what_is_right() -> None:
    choices, mistakes = read({"temperature": "9", "top_p": "x", "seed": "1"}, None)
    assert list(mistakes) == ["temperature", "top_p"]
    assert choices == Choices(seed=1)
