"""Sentences about settings that do not parse: the variable, what it was, what is allowed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from config.fields import Allowed
from config.given import Given

LONGEST_VALUE_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Mistake:
    """One line for a person; `name` is the variable, empty where several are at odds."""

    name: str
    sentence: str


def unknown_name(given: Given, known: Iterable[str]) -> Mistake:
    """A name that no setting has. Its value is not shown: it may be a misspelt secret."""
    close = difflib.get_close_matches(given.name.upper(), known, n=1, cutoff=0.75)
    hint = f"Did you mean {close[0]}?" if close else "All settings are in docs/settings.md."
    return Mistake(given.name, f"{given.name} (in {given.origin}) is not a setting. {hint}")


def describe(
    error: ValidationError, fields: Mapping[str, FieldInfo], given: Mapping[str, Given]
) -> list[Mistake]:
    """One mistake for each finding of pydantic's; `given` is by field name."""
    mistakes = []
    for finding in error.errors(include_url=False, include_input=False):
        problem = str(finding.get("ctx", {}).get("error", ""))
        field = str(finding["loc"][0]) if finding["loc"] else ""
        mistakes.append(
            _wrong_value(fields[field], given[field], problem) if field else Mistake("", problem)
        )
    return mistakes


def _wrong_value(field: FieldInfo, given: Given, problem: str) -> Mistake:
    because = f": {problem}" if problem else ""
    return Mistake(
        given.name,
        f"{given.name} (in {given.origin}) {_shown(field, given.value)}{because}. "
        f"Allowed: {allowed(field)}.",
    )


def _shown(field: FieldInfo, value: str) -> str:
    if is_secret(field) or "@" in value:
        return "does not parse (not shown, it may hold a secret)"
    short = value if len(value) <= LONGEST_VALUE_SHOWN else f"{value[:LONGEST_VALUE_SHOWN]}…"
    return f"is {json.dumps(short, ensure_ascii=False)}"


def is_secret(field: FieldInfo) -> bool:
    """Whether the field's value must never be shown."""
    return SecretStr in _parts(field)


def allowed(field: FieldInfo) -> str:
    """What the field may be, in words, from its type and its bounds."""
    parts = _parts(field)
    if marks := [part for part in parts if isinstance(part, Allowed)]:
        return marks[0].text
    if choices := [arg for part in parts if get_origin(part) is Literal for arg in get_args(part)]:
        return "one of " + ", ".join(choices)
    if bool in parts:
        return "true or false"
    kind = "a whole number" if int in parts else "a number"
    return ", ".join([kind, *(words for part in parts if (words := _bound(part)))])


def _bound(part: object) -> str:
    match part:
        case Ge(ge=least):
            return f"at least {least}"
        case Gt(gt=below):
            return f"above {below}"
        case Le(le=most):
            return f"at most {most}"
        case _:
            return ""


def _parts(field: FieldInfo) -> list[object]:
    return [*_flatten(field.annotation), *field.metadata]


def _flatten(annotation: object) -> Iterator[object]:
    """The types and marks inside unions and `Annotated`."""
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        yield from (part for arg in get_args(annotation) for part in _flatten(arg))
    elif isinstance(annotation, FieldInfo):
        yield from annotation.metadata
    else:
        yield annotation
