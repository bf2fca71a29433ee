"""Which URLs lead to a database of ours."""

from __future__ import annotations

import pytest

from backend.errors import StoreAddressError
from backend.store import address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sqlite:///data/history.db", "sqlite:///data/history.db"),
        ("sqlite+aiosqlite:////data/history.db", "sqlite:////data/history.db"),
        ("postgresql://ada@db/chat", "postgresql+asyncpg://ada@db/chat"),
        ("postgres://ada@db/chat", "postgresql+asyncpg://ada@db/chat"),
        ("postgresql+asyncpg://ada@db/chat", "postgresql+asyncpg://ada@db/chat"),
        (
            "postgresql://ada@db/chat?sslmode=require",
            "postgresql+asyncpg://ada@db/chat?ssl=require",
        ),
    ],
)
def test_a_url_is_read_whatever_driver_it_names(text: str, meant: str) -> None:
    assert address.parse(text).render_as_string() == meant


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("history.db", {"reason": "not_a_url"}),
        ("", {"reason": "not_a_url"}),
        ("postgresql://ada@db:port/chat", {"reason": "not_a_url"}),
        ("mysql://ada@db/chat", {"reason": "driver", "driver": "mysql"}),
        ("postgresql+psycopg://db/chat", {"reason": "driver", "driver": "postgresql+psycopg"}),
        ("sqlite://", {"reason": "in_memory"}),
        ("sqlite:///:memory:", {"reason": "in_memory"}),
        ("sqlite:///file:x?mode=memory&uri=true", {"reason": "in_memory"}),
        ("postgresql://db/chat?pool=5", {"reason": "option", "option": "pool"}),
    ],
)
def test_any_other_is_refused_with_its_mistake(text: str, values: dict[str, str]) -> None:
    with pytest.raises(StoreAddressError) as refused:
        address.parse(text)
    assert refused.value.values == values


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(StoreAddressError) as refused:
        address.parse("mysql://ada:secret@db/chat")
    assert "secret" not in f"{refused.value}{refused.value.values}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ada@host/chat", "postgresql+asyncpg://ada:p%40ss@host/chat"),
        ("postgresql://ada:own@host/chat", "postgresql://ada:own@host/chat"),
        ("sqlite:///history.db", "sqlite:///history.db"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_password_goes_where_there_is_none(url: str, expected: str) -> None:
    assert address.with_password(url, "p@ss") == expected
