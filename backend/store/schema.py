"""The tables, as the last migration leaves them (a test compares both).

    owner ─┬─< thread ─┬─< entry ─┬─< piece      text of a reply that is still being written
           │           │          └── feedback
           │           └── share
           ├─< choice                            a person's settings, for each profile
           writer                                who writes replies now, and is alive

Order comes from counters, never from a clock: `entry.position` within a thread, `thread.activity`
within an owner. Times are what people are shown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from backend.store.records import WRITING

REVISION = "0003"
"""The migration that this code was written for."""

INTERRUPTED = "interrupted"
STOPPED = "stopped"


class PlainText(TypeDecorator[str]):
    """Text as every database takes it: NUL and lone surrogates become replacement characters."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        value = value.replace("\x00", "\ufffd")
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value


class UtcTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on our side whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

owner = Table(
    "owner",
    METADATA,
    Column("id", PlainText, primary_key=True),
    Column("identifier", PlainText, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

thread = Table(
    "thread",
    METADATA,
    Column("id", PlainText, primary_key=True),
    Column("owner_id", ForeignKey("owner.id", ondelete="CASCADE"), nullable=False),
    Column("name", PlainText),
    Column("metadata", JSON, nullable=False),
    Column("activity", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
Index(None, thread.c.owner_id, thread.c.activity, thread.c.id)

entry = Table(
    "entry",
    METADATA,
    Column("id", PlainText, primary_key=True),
    Column("thread_id", ForeignKey("thread.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("text", PlainText, nullable=False),
    Column("outcome", PlainText),
    Column("numbers", JSON(none_as_null=True)),
    Column("writer_id", PlainText),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("thread_id", "position"),
)
_being_written = entry.c.outcome == WRITING
Index(
    "ix_entry_being_written",
    entry.c.thread_id,
    sqlite_where=_being_written,
    postgresql_where=_being_written,
)

piece = Table(
    "piece",
    METADATA,
    Column("entry_id", ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("text", PlainText, nullable=False),
)

feedback = Table(
    "feedback",
    METADATA,
    Column("entry_id", ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("thumb_up", Boolean, nullable=False),
    Column("comment", PlainText),
    Column("created_at", UtcTime, nullable=False),
)

writer = Table(
    "writer",
    METADATA,
    Column("id", PlainText, primary_key=True),
    Column("beat", BigInteger, nullable=False),
)

share = Table(
    "share",
    METADATA,
    Column("token", PlainText, primary_key=True),
    Column("thread_id", ForeignKey("thread.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

choice = Table(
    "choice",
    METADATA,
    Column("owner_id", ForeignKey("owner.id", ondelete="CASCADE"), primary_key=True),
    Column("profile", PlainText, primary_key=True),
    Column("chosen", JSON, nullable=False),
)
