"""Whether a text is a JSON schema that an engine can take.

An engine makes a grammar of it before the first token. One whose references lead in a circle never
ends there: vLLM 0.32 (CPU) did not answer the request, and for a minute nobody else's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from backend.errors import InvalidChoiceError

Schema = dict[str, Any]

_IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
_IN_PLACE = ("not", "if", "then", "else")


def check(text: str) -> None:
    """Check the JSON, what it says, and where its references lead.

    Raises:
        InvalidChoiceError: values: `reason`: `json`, `schema` or `reference`.
    """
    from jsonschema import Draft202012Validator, SchemaError  # 0.1 s that few need

    try:
        schema = json.loads(text, parse_constant=_no_json)
        if not isinstance(schema, dict) or not schema:
            raise InvalidChoiceError(reason="schema")
        Draft202012Validator.check_schema(schema)
        _check_references(schema)
    except json.JSONDecodeError as error:
        raise InvalidChoiceError(reason="json", line=error.lineno, column=error.colno) from None
    except (ValueError, SchemaError, RecursionError):
        raise InvalidChoiceError(reason="schema") from None


def _check_references(root: Schema) -> None:
    """Every reference leads to a place of the same schema, and none back to itself.

    A tree that refers to itself in its properties or items is fine: there, text comes between.
    """
    done: set[int] = set()
    for schema in _all_below(root):
        _follow(root, schema, (), done)


def _follow(root: Schema, schema: Schema, path: tuple[int, ...], done: set[int]) -> None:
    if id(schema) in path:
        raise InvalidChoiceError(reason="reference")
    if id(schema) in done:
        return
    for part in _in_place(root, schema):
        _follow(root, part, (*path, id(schema)), done)
    done.add(id(schema))


def _in_place(root: Schema, schema: Schema) -> Iterator[Schema]:
    """What describes the very same text as this schema."""
    parts = [schema.get(name) for name in _IN_PLACE]
    for name in _IN_PLACE_LISTS:
        found = schema.get(name)
        parts += found if isinstance(found, list) else []
    for name in ("$ref", "$dynamicRef"):
        if isinstance(schema.get(name), str):
            parts.append(_target(root, schema[name]))
    yield from (part for part in parts if isinstance(part, dict))


def _target(root: Schema, reference: str) -> Any:
    """The place of a JSON pointer (RFC 6901) in the same schema."""
    if reference != "#" and not reference.startswith("#/"):
        raise InvalidChoiceError(reason="reference")
    place: Any = root
    for step in reference.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        try:
            place = place[int(name)] if isinstance(place, list) else place[name]
        except (KeyError, IndexError, ValueError, TypeError):
            raise InvalidChoiceError(reason="reference") from None
    return place


def _all_below(value: Any) -> Iterator[Schema]:
    """Every object in it: a schema or not, references in it are followed."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _all_below(part)


def _no_json(constant: str) -> object:
    raise ValueError(constant)  # NaN and Infinity, which Python would take
