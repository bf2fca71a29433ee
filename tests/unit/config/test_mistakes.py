from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from config.fields import Port, Text
from config.mistakes import allowed, is_secret


class Example(BaseModel):
    text: Text | None = None
    port: Port | None = None
    ratio: float = Field(default=1.0, gt=0, le=1)
    number: int = 0
    choice: Literal["a", "b"] = "a"
    switch: bool = False
    key: SecretStr | None = None


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("text", "text"),
        ("port", "a whole number, at least 1, at most 65535"),
        ("ratio", "a number, above 0, at most 1"),
        ("number", "a whole number"),
        ("choice", "one of a, b"),
        ("switch", "true or false"),
    ],
)
def test_what_is_allowed_follows_from_type_and_bounds(field: str, words: str) -> None:
    assert allowed(Example.model_fields[field]) == words


def test_a_secret_is_one_whether_or_not_it_may_be_unset() -> None:
    assert is_secret(Example.model_fields["key"])
    assert not is_secret(Example.model_fields["text"])
