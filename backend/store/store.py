"""The store: conversations in a database, each with its owner.

    store.owners     who may own threads
    store.threads    pages of them, one opened, renamed, deleted
    store.turns      a question asked; the reply is written by the `Writing` that comes back
    store.feedback   thumbs
    store.shares     links for readers
    store.choices    a person's settings

Every method takes the `Owner` who asks; what is somebody else's is not found. Any may raise one of
the `StoreError`s of `backend.errors`; the next call tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from backend.errors import StoreError
from backend.store import process
from backend.store.choices import ChoiceBook
from backend.store.database import Database
from backend.store.feedback import FeedbackBook
from backend.store.journal import Journal, log
from backend.store.lease import Lease
from backend.store.owners import Owners
from backend.store.shares import Shares
from backend.store.threads import Threads
from backend.store.turns import Turns


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


class Store:
    """One for the process.

    Args:
        url: SQLAlchemy's, of SQLite (a file) or PostgreSQL.
        lock_timeout_seconds: how long a lock of another process is waited for.
        interval_seconds: between two writes of a growing reply.
        lease: tells which other writers are dead.
        writer_id: signs what this process writes.
        now: the time of day, aware.
        sleep: waits seconds.

    Raises:
        StoreAddressError: the URL is none of ours.
    """

    def __init__(
        self,
        url: str,
        *,
        lock_timeout_seconds: float = 5.0,
        interval_seconds: float = 2.0,
        lease: Lease | None = None,
        writer_id: str | None = None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = Database(url, lock_timeout_seconds=lock_timeout_seconds)
        self._journal = Journal(self._database, writer_id or process.new_name(), lease or Lease())
        self._interval_seconds = interval_seconds
        self._sleep = sleep
        self.owners = Owners(self._database, now)
        self.threads = Threads(self._database)
        self.turns = Turns(self._database, self._journal, now, self.owners.forget)
        self.feedback = FeedbackBook(self._database, now)
        self.shares = Shares(self._database, now)
        self.choices = ChoiceBook(self._database)

    async def open(self) -> None:
        """Migrate now, to learn of a mistake at once; any other method does it at its first use.

        Raises:
            StoreError: why it cannot be.
        """
        await self._database.open()

    async def run(self) -> None:
        """Store replies as they grow and mark those of dead processes, until cancelled."""
        await self._journal.run(self._sleep, self._interval_seconds)

    async def close(self) -> None:
        """Store what is left, let go of the database. Cancel `run` before."""
        try:
            await self._journal.close()
        except StoreError as error:
            log.error("the store could not be closed in good order: %s: %s", error.kind, error)
        await self._database.close()
