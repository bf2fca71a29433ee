r"""Choices as a person writes them: texts of a form, read field by field.

    {"temperature": "0.7", "stop": "END\n###", …} → Choices, or what is wrong with which field

A field that is empty or not there chooses nothing. Bounds are vLLM's own (`SamplingParams`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from backend.chat import json_schema
from backend.chat.choices import Choices
from backend.errors import InvalidChoiceError
from backend.llm.tokens import estimate_num_tokens

T = TypeVar("T", int, float)

MAX_SEED = 2**63 - 1
MAX_TOP_K = 1_000_000  # more tokens than any vocabulary has
MAX_NUM_STOP = 16
MAX_STOP_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 32_000
MAX_TOKENS_WITHOUT_LIMIT = 10_000_000
SYSTEM_PROMPT_SHARE = 0.5  # of the context; the rest is the conversation's

FIELDS = (
    "system_prompt",
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "seed",
    "stop",
    "json_schema",
)


def read(
    form: Mapping[str, object], max_model_len: int | None
) -> tuple[Choices, dict[str, InvalidChoiceError]]:
    """The choices of a form, and what is wrong with it, by field.

    Args:
        form: texts by the names of `FIELDS`; other names are left aside.
        max_model_len: the context in tokens, where it is known.
    """
    readers = _readers(max_model_len)
    chosen: dict[str, Any] = {}
    mistakes: dict[str, InvalidChoiceError] = {}
    for name in FIELDS:
        text = form.get(name)
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            chosen[name] = readers[name](text)
        except InvalidChoiceError as mistake:
            mistakes[name] = mistake
    return Choices(**chosen), mistakes


def written(choices: Choices) -> dict[str, str]:
    """The texts of a form that has these choices."""
    texts = {name: _text(value) for name, value in choices.as_json().items()}
    if choices.stop is not None:
        texts["stop"] = "\n".join(choices.stop)
    return {name: texts.get(name, "") for name in FIELDS}


def _text(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _readers(max_model_len: int | None) -> dict[str, Callable[[str], Any]]:
    most_tokens = max_model_len or MAX_TOKENS_WITHOUT_LIMIT
    return {
        "system_prompt": lambda text: _system_prompt(text, max_model_len),
        "temperature": lambda text: _within(_number(text), 0.0, 2.0),
        "top_p": lambda text: _within(_number(text), 0.0, 1.0, above=True),
        "top_k": lambda text: _within(_whole(text), 0, MAX_TOP_K),
        "max_tokens": lambda text: _within(_whole(text), 1, most_tokens),
        "seed": lambda text: _within(_whole(text), 0, MAX_SEED),
        "stop": _stop,
        "json_schema": _json_schema,
    }


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise InvalidChoiceError(reason="number") from None
    if not math.isfinite(number):
        raise InvalidChoiceError(reason="number")
    return number


def _whole(text: str) -> int:
    number = _number(text)  # first: it bounds how many digits are read
    if not number.is_integer():
        raise InvalidChoiceError(reason="whole")
    return int(text) if text.strip().lstrip("+-").isdecimal() else int(number)


def _within(number: T, low: T, high: T, *, above: bool = False) -> T:
    """The number, if it lies in [low, high], or in (low, high]."""
    if not low <= number <= high or (above and number == low):
        raise InvalidChoiceError(
            reason="above" if above else "range", low=_shown(low), high=_shown(high)
        )
    return number


def _shown(bound: float) -> int | str:
    """A bound as sentences have it: a float there would be a duration."""
    return bound if isinstance(bound, int) else f"{bound:g}"


def _system_prompt(text: str, max_model_len: int | None) -> str:
    _check_length(text)
    if max_model_len is not None:
        num_tokens, limit = estimate_num_tokens(text), int(max_model_len * SYSTEM_PROMPT_SHARE)
        if num_tokens > limit:
            raise InvalidChoiceError(reason="tokens", num_tokens=num_tokens, limit=limit)
    return text.strip()


def _stop(text: str) -> tuple[str, ...]:
    """One a line, as it is written; empty lines are none."""
    words = tuple(dict.fromkeys(line for line in text.splitlines() if line.strip()))
    if len(words) > MAX_NUM_STOP:
        raise InvalidChoiceError(reason="count", limit=MAX_NUM_STOP)
    if any(len(word) > MAX_STOP_CHARACTERS for word in words):
        raise InvalidChoiceError(reason="length", limit=MAX_STOP_CHARACTERS)
    return words


def _json_schema(text: str) -> str:
    _check_length(text)
    json_schema.check(text)
    return text.strip()


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidChoiceError(reason="length", limit=MAX_TEXT_CHARACTERS)
