"""SQL that several rooms of the store share: what is whose, and inserts that may find a row."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, Row, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from backend.errors import NotFoundError
from backend.store.schema import entry, thread


def insert_or_meet(connection: Connection, table: Table) -> postgresql.Insert:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`, in either dialect."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> postgresql.Insert:
    """The same, for a dialect by its name."""
    if dialect == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)


def own_thread(
    connection: Connection, owner_id: str, thread_id: str, *, lock: bool = False
) -> Row[tuple[object, ...]]:
    """The thread's row, locked until the transaction's end if it is to be written.

    Raises:
        NotFoundError: there is none of that id, or it is somebody else's.
    """
    query = select(thread).where(thread.c.id == thread_id, thread.c.owner_id == owner_id)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFoundError(what="thread")
    return found


def own_entry(
    connection: Connection, owner_id: str, entry_id: str, *, role: str
) -> Row[tuple[object, ...]]:
    """The entry's row.

    Raises:
        NotFoundError: there is none of that id and role, or it is somebody else's.
    """
    query = (
        select(entry)
        .join(thread)
        .where(entry.c.id == entry_id, entry.c.role == role, thread.c.owner_id == owner_id)
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(what="entry")
    return found
