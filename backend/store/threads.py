"""Threads: the sidebar's pages, one opened, renamed, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, tuple_, update

from backend.errors import NotFoundError
from backend.store.database import Database
from backend.store.pieces import pieces_of
from backend.store.records import (
    Feedback,
    Json,
    Owner,
    StoredEntry,
    Thread,
    ThreadPage,
    ThreadSummary,
)
from backend.store.schema import entry, feedback, thread
from backend.store.sql import own_thread

_MAX_LIMIT = 100
_NUM_DIGITS = 18  # of a number that every database takes


class Threads:
    """An owner's threads.

    Args:
        database: where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        owner: Owner,
        *,
        search: str = "",
        thumb_up: bool | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ThreadPage:
        """Some threads, the last active first.

        Args:
            owner: who asks.
            search: what the name or a message holds, in any case; empty for all.
            thumb_up: only threads with such a feedback.
            cursor: `next_cursor` of the page before.
            limit: of the page; it is a client's wish, and held to 1..100.

        Raises:
            NotFoundError: the cursor is none of ours.
        """
        wanted = [thread.c.owner_id == owner.id]
        if cursor is not None:
            wanted.append(_after(cursor))
        if search.strip():
            wanted.append(_holds(search.strip()))
        if thumb_up is not None:
            wanted.append(_has_thumb(thumb_up))
        return await self._database.read(_page, wanted, min(max(limit, 1), _MAX_LIMIT))

    async def open(self, owner: Owner, thread_id: str) -> Thread:
        """A thread with all its entries.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        return await self._database.read(_open, owner.id, thread_id)

    async def all(self, owner: Owner) -> AsyncIterator[Thread]:
        """All threads with their entries, one after another: for an export."""
        cursor: str | None = None
        while True:
            page = await self.page(owner, cursor=cursor)
            for summary in page.threads:
                yield await self.open(owner, summary.id)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def rename(self, owner: Owner, thread_id: str, name: str) -> None:
        """Give a thread a name.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        await self._database.write(_change, owner.id, thread_id, {"name": name})

    async def describe(self, owner: Owner, thread_id: str, metadata: Json) -> None:
        """Replace a thread's metadata (its profile, its settings).

        Raises:
            NotFoundError: no such thread of this owner.
        """
        await self._database.write(_change, owner.id, thread_id, {"metadata": metadata})

    async def delete(self, owner: Owner, thread_id: str) -> None:
        """Delete a thread with all that belongs to it.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        await self._database.write(_delete, owner.id, thread_id)

    async def count(self, owner: Owner) -> int:
        """How many threads the owner has."""
        return await self._database.read(_count, owner.id)

    async def delete_all(self, owner: Owner) -> int:
        """Delete all threads of the owner; how many there were."""
        return await self._database.write(_delete_all, owner.id)


def read_thread(connection: Connection, row: Row[Any]) -> Thread:
    """A thread whose row has been found to be the asker's to read."""
    query = (
        select(entry, feedback.c.thumb_up, feedback.c.comment)
        .outerjoin(feedback)
        .where(entry.c.thread_id == row.id)
        .order_by(entry.c.position)
    )
    pieces = pieces_of(connection, entry.c.thread_id == row.id)
    entries = tuple(_entry(found, pieces.get(found.id, "")) for found in connection.execute(query))
    return Thread(**_summary_values(row), entries=entries)


def _open(connection: Connection, owner_id: str, thread_id: str) -> Thread:
    return read_thread(connection, own_thread(connection, owner_id, thread_id))


def _entry(row: Row[Any], more_text: str) -> StoredEntry:
    given = None if row.thumb_up is None else Feedback(row.thumb_up, row.comment)
    return StoredEntry(
        id=row.id,
        position=row.position,
        role=row.role,
        text=row.text + more_text,
        outcome=row.outcome,
        numbers=row.numbers,
        feedback=given,
        created_at=row.created_at,
    )


def _page(connection: Connection, wanted: list[ColumnElement[bool]], limit: int) -> ThreadPage:
    query = (
        select(thread)
        .where(*wanted)
        .order_by(thread.c.activity.desc(), thread.c.id.desc())
        .limit(limit + 1)
    )
    rows = connection.execute(query).all()
    shown = rows[:limit]
    is_last = len(rows) <= limit
    return ThreadPage(
        tuple(ThreadSummary(**_summary_values(row)) for row in shown),
        None if is_last else f"{shown[-1].activity}.{shown[-1].id}",
    )


def _summary_values(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "metadata": row.metadata,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _after(cursor: str) -> ColumnElement[bool]:
    activity, _, thread_id = cursor.partition(".")
    if not activity.isdecimal() or len(activity) > _NUM_DIGITS:
        raise NotFoundError(what="cursor")
    return tuple_(thread.c.activity, thread.c.id) < tuple_(int(activity), thread_id)


def _holds(search: str) -> ColumnElement[bool]:
    # SQLite folds the case of ASCII alone: other letters are looked for as people write them
    variants = {search} if search.isascii() else {search, search.lower(), search.title()}
    in_name = [thread.c.name.icontains(variant, autoescape=True) for variant in variants]
    in_text = [entry.c.text.icontains(variant, autoescape=True) for variant in variants]
    # not EXISTS: PostgreSQL would look through the messages of everybody first
    first = select(entry.c.id).where(entry.c.thread_id == thread.c.id, or_(*in_text)).limit(1)
    return or_(*in_name, first.scalar_subquery().is_not(None))


def _has_thumb(thumb_up: bool) -> ColumnElement[bool]:
    rated = select(entry.c.id).join(feedback).where(feedback.c.thumb_up == thumb_up)
    return rated.where(entry.c.thread_id == thread.c.id).exists()


def _change(connection: Connection, owner_id: str, thread_id: str, values: Json) -> None:
    own_thread(connection, owner_id, thread_id, lock=True)
    connection.execute(update(thread).where(thread.c.id == thread_id).values(values))


def _delete(connection: Connection, owner_id: str, thread_id: str) -> None:
    own_thread(connection, owner_id, thread_id, lock=True)
    connection.execute(delete(thread).where(thread.c.id == thread_id))


def _count(connection: Connection, owner_id: str) -> int:
    query = select(func.count()).select_from(thread).where(thread.c.owner_id == owner_id)
    return connection.execute(query).scalar_one()


def _delete_all(connection: Connection, owner_id: str) -> int:
    return connection.execute(delete(thread).where(thread.c.owner_id == owner_id)).rowcount
