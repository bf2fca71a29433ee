"""People: whoever the login says, or the one local person where there is no login."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from backend.store.database import Database
from backend.store.records import Owner
from backend.store.schema import owner
from backend.store.sql import insert_or_meet

LOCAL_PERSON = "local"
"""Whoever is at the page where there is no login."""


class Owners:
    """Who may own threads.

    Args:
        database: where they are kept.
        now: the time of day, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._known: dict[str, Owner] = {}
        self._known_since = 0

    async def named(self, identifier: str) -> Owner:
        """The owner of that identifier, who is new if there was none."""
        await self._database.open()  # at once, unless something has failed
        if self._known_since != self._database.num_opened:
            self.forget()
        known = self._known.get(identifier)
        if known is None:
            known = self._known[identifier] = await self._found(identifier)
            self._known_since = self._database.num_opened
        return known

    def forget(self) -> None:
        """Ask the database again: another one may have taken its place."""
        self._known.clear()

    async def _found(self, identifier: str) -> Owner:
        found = await self._database.read(_find, identifier)
        if found is None:
            found = await self._database.write(_make, identifier, self._now())
        return found


def _find(connection: Connection, identifier: str) -> Owner | None:
    row = connection.execute(select(owner).where(owner.c.identifier == identifier)).one_or_none()
    return None if row is None else _owner(row)


def _make(connection: Connection, identifier: str, now: datetime) -> Owner:
    connection.execute(
        insert_or_meet(connection, owner)
        .values(id=str(uuid.uuid4()), identifier=identifier, created_at=now)
        .on_conflict_do_nothing()
    )
    return _owner(connection.execute(select(owner).where(owner.c.identifier == identifier)).one())


def _owner(row: Row[Any]) -> Owner:
    return Owner(id=row.id, identifier=row.identifier, created_at=row.created_at)
