"""Links that let whoever has them read one thread, until they are revoked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Select, delete, select

from backend.errors import NotFoundError
from backend.store.database import Database
from backend.store.records import Owner, Thread
from backend.store.schema import share, thread
from backend.store.sql import insert_or_meet, own_thread
from backend.store.threads import read_thread

_NUM_TOKEN_BYTES = 32


class Shares:
    """At most one link for each thread.

    Args:
        database: where they are kept.
        now: the time of day, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def make(self, owner: Owner, thread_id: str) -> str:
        """The token of the thread's link, which is new if there was none.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        return await self._database.write(_make, owner.id, thread_id, self._now())

    async def find(self, owner: Owner, thread_id: str) -> str | None:
        """The token of the thread's link, if there is one.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        return await self._database.read(_find, owner.id, thread_id)

    async def revoke(self, owner: Owner, thread_id: str) -> None:
        """End the thread's link, if there is one; a later one has another token.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        await self._database.write(_revoke, owner.id, thread_id)

    async def open(self, token: str) -> Thread:
        """The thread behind a link, as it is now, for anyone.

        Raises:
            NotFoundError: no such link, or it was revoked.
        """
        return await self._database.read(_open, token)


def _make(connection: Connection, owner_id: str, thread_id: str, now: datetime) -> str:
    own_thread(connection, owner_id, thread_id)
    connection.execute(
        insert_or_meet(connection, share)
        .values(token=secrets.token_urlsafe(_NUM_TOKEN_BYTES), thread_id=thread_id, created_at=now)
        .on_conflict_do_nothing()
    )
    return connection.scalars(_token_of(thread_id)).one()


def _find(connection: Connection, owner_id: str, thread_id: str) -> str | None:
    own_thread(connection, owner_id, thread_id)
    return connection.scalars(_token_of(thread_id)).one_or_none()


def _token_of(thread_id: str) -> Select[str]:
    return select(share.c.token).where(share.c.thread_id == thread_id)


def _revoke(connection: Connection, owner_id: str, thread_id: str) -> None:
    own_thread(connection, owner_id, thread_id)
    connection.execute(delete(share).where(share.c.thread_id == thread_id))


def _open(connection: Connection, token: str) -> Thread:
    query = select(thread).join(share).where(share.c.token == token)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(what="share")
    return read_thread(connection, found)
