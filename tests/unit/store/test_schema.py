"""What goes into the database is what every database takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from backend.store.schema import PlainText, UtcTime

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("", ""),
        ("你好 😀", "你好 😀"),
        ("a\x00b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        (None, None),
    ],
)
def test_text_keeps_all_that_a_database_takes(text: str | None, stored: str | None) -> None:
    assert PlainText().process_bind_param(text, DIALECT) == stored


def test_a_moment_goes_in_as_utc() -> None:
    in_shanghai = datetime(2026, 5, 1, 20, tzinfo=timezone(timedelta(hours=8)))
    stored = UtcTime().process_bind_param(in_shanghai, DIALECT)
    assert stored == in_shanghai
    assert stored is not None
    assert stored.tzinfo is UTC


@pytest.mark.parametrize(
    "found",
    [datetime(2026, 5, 1, 12), datetime(2026, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))],
)
def test_a_moment_comes_out_as_utc(found: datetime) -> None:
    moment = UtcTime().process_result_value(found, DIALECT)
    assert moment == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC
