"""Thumbs and comments on replies, by the owner of the thread alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete

from backend.store.database import Database
from backend.store.records import Feedback, Owner
from backend.store.schema import feedback
from backend.store.sql import insert_or_meet, own_entry


class FeedbackBook:
    """One feedback for each reply.

    Args:
        database: where they are kept.
        now: the time of day, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def give(self, owner: Owner, reply_id: str, given: Feedback) -> None:
        """Keep a feedback, in place of the one before.

        Raises:
            NotFoundError: no such reply of this owner.
        """
        await self._database.write(_give, owner.id, reply_id, given, self._now())

    async def take_back(self, owner: Owner, reply_id: str) -> None:
        """Forget the feedback on a reply, if there is one.

        Raises:
            NotFoundError: no such reply of this owner.
        """
        await self._database.write(_take_back, owner.id, reply_id)


def _give(
    connection: Connection, owner_id: str, reply_id: str, given: Feedback, now: datetime
) -> None:
    own_entry(connection, owner_id, reply_id, role="assistant")
    values = {"thumb_up": given.thumb_up, "comment": given.comment, "created_at": now}
    connection.execute(
        insert_or_meet(connection, feedback)
        .values(entry_id=reply_id, **values)
        .on_conflict_do_update(index_elements=[feedback.c.entry_id], set_=values)
    )


def _take_back(connection: Connection, owner_id: str, reply_id: str) -> None:
    own_entry(connection, owner_id, reply_id, role="assistant")
    connection.execute(delete(feedback).where(feedback.c.entry_id == reply_id))
