"""Every sentence exists in both languages, names the same values, and suits a person."""

from __future__ import annotations

import inspect
import string

import pytest

from backend import errors
from backend.errors import WarmlineError
from backend.ui.texts import describe, language_of, ordinal, say, seconds
from backend.ui.texts.en import SENTENCES as EN
from backend.ui.texts.zh_cn import SENTENCES as ZH_CN

ALL_ERRORS = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, WarmlineError)
]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_both_languages_have_the_same_sentences() -> None:
    assert EN.keys() == ZH_CN.keys()


@pytest.mark.parametrize("key", EN)
def test_both_languages_name_the_same_values(key: str) -> None:
    assert fields(EN[key]) == fields(ZH_CN[key])


@pytest.mark.parametrize("error", ALL_ERRORS, ids=lambda e: e.__name__)
def test_every_error_has_a_sentence(error: type[WarmlineError]) -> None:
    assert error.kind in EN


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_an_error_without_its_values_still_has_a_sentence(language: str) -> None:
    error = errors.ContextOverflowError("the engine said no numbers")
    sentence = describe(error, language_of(language))
    assert "None" not in sentence
    assert "{" not in sentence


def test_the_cause_of_an_error_never_reaches_the_sentence() -> None:
    error = errors.EngineUnreachableError("connect to 10.1.2.3:8001 failed")
    assert "10.1.2.3" not in describe(error, "en")


def test_giving_up_says_what_it_died_of_and_how_often_it_tried() -> None:
    last = errors.EngineBusyError("503", status=503)
    error = errors.RetriesExhaustedError(last, num_attempts=7, waited_seconds=300.0)
    sentence = describe(error, "en")
    assert "busy" in sentence
    assert "7 times" in sentence
    assert "5 min 0 s" in sentence


def test_a_message_that_is_too_long_names_size_and_limit() -> None:
    error = errors.MessageTooLongError(num_tokens=51234, limit_tokens=8128, num_characters=200000)
    sentence = describe(error, "en")
    assert "51,234 tokens" in sentence
    assert "8,128 tokens" in sentence
    assert "200,000 characters" in sentence


@pytest.mark.parametrize("accepted", ["zh-CN", "zh", "zh-HK,zh;q=0.9", "ZH-Hans-CN"])
def test_whoever_asks_for_chinese_gets_simplified_chinese(accepted: str) -> None:
    assert language_of(accepted) == "zh-CN"


@pytest.mark.parametrize("accepted", [None, "", "en-US", "de-DE,zh;q=0.4"])
def test_everybody_else_gets_english(accepted: str | None) -> None:
    assert language_of(accepted) == "en"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.214, "0.21 s"), (0.999, "1 s"), (4.0, "4 s"), (9.54, "9.5 s"), (59.6, "1 min 0 s")],
)
def test_durations_are_short(value: float, shown: str) -> None:
    assert seconds(value, "en") == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd")],
)
def test_tries_are_counted_as_people_count(number: int, shown: str) -> None:
    assert ordinal(number, "en") == shown


def test_a_missing_value_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(KeyError):
        say("retrying", "en", cause="It is busy.")


def test_unknown_is_a_dash() -> None:
    assert say("gate.bursts.alone", "en", times=None) == "alone, —"
