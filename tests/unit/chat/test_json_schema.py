"""References of a JSON schema: a grammar that never ends would keep the engine from everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.chat.json_schema import check
from backend.errors import InvalidChoiceError

CIRCLES: dict[str, dict[str, Any]] = {
    "to itself": {"$ref": "#"},
    "to itself by its name": {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    "over another": {
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/a"}},
    },
    "through a choice": {"$defs": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/a"}]}}},
    "through all of": {"allOf": [{"$ref": "#"}]},
    "where nothing uses it": {"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "type": "object"},
}
TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
        }
    },
    "$ref": "#/$defs/node",
}


def reason(schema: dict[str, Any]) -> object:
    with pytest.raises(InvalidChoiceError) as refused:
        check(json.dumps(schema))
    return refused.value.values["reason"]


@pytest.mark.parametrize("circle", CIRCLES)
def test_a_reference_in_a_circle_is_refused(circle: str) -> None:
    assert reason(CIRCLES[circle]) == "reference"


@pytest.mark.parametrize(
    "reference",
    ["#/nowhere", "#/$defs/a/0", "https://example.org/a.json", "other.json", "#name"],
)
def test_a_reference_to_nothing_in_the_schema_is_refused(reference: str) -> None:
    assert reason({"$defs": {"a": {"type": "string"}}, "$ref": reference}) == "reference"


def test_a_tree_refers_to_itself_with_text_between() -> None:
    check(json.dumps(TREE))


def test_two_references_to_the_same_place_are_no_circle() -> None:
    check(
        json.dumps(
            {
                "$defs": {"a/b": {"type": "string"}},
                "type": "object",
                "properties": {"x": {"$ref": "#/$defs/a~1b"}, "y": {"$ref": "#/$defs/a~1b"}},
            }
        )
    )
