"""Transactions: each call is one, and it is over when the call returns.

    await database.write(work, *args)      work(connection, *args) → result, committed

`work` is a plain function of SQL that runs beside the loop. A cancelled caller still waits for its
transaction, so that nothing is left half way, or running behind its back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from backend.errors import StoreUnavailableError
from backend.store import address, failures, migrate
from backend.store.postgresql import PostgresqlEngine
from backend.store.sqlite import SqliteEngine

P = ParamSpec("P")
T = TypeVar("T")


class Engine(Protocol):
    """What runs transactions: one for each kind of database."""

    async def prepare(self) -> None:
        """Make what is needed before the first connection."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, all of one moment."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, committed."""

    async def close(self) -> None:
        """Close all connections, for good."""


def engine_of(url: str, *, lock_timeout_seconds: float) -> Engine:
    """What runs transactions on the database; nothing is opened before the first.

    Raises:
        StoreAddressError: the URL is none of ours.
    """
    parsed = address.parse(url)
    kind = SqliteEngine if parsed.drivername == address.SQLITE else PostgresqlEngine
    return kind(parsed, lock_timeout_seconds=lock_timeout_seconds)


class Database:
    """A database whose schema is ours as of the first use.

    Args:
        url: of SQLite or PostgreSQL.
        lock_timeout_seconds: how long a lock of another process is waited for.

    Attributes:
        num_opened: how often its schema was looked at; once more, and it may be another database.

    Raises:
        StoreAddressError: the URL is none of ours.
    """

    def __init__(self, url: str, *, lock_timeout_seconds: float) -> None:
        self._engine = engine_of(url, lock_timeout_seconds=lock_timeout_seconds)
        self._opening = asyncio.Lock()
        self._is_prepared = False
        self._schema_is_ours = False
        self._is_closed = False
        self.num_opened = 0

    async def open(self) -> None:
        """Bring the schema up to date; at once if nothing has failed since it was.

        Raises:
            StoreError: why it cannot be.
        """
        if self._is_closed:
            raise StoreUnavailableError("closed", reason="gone")
        if self._schema_is_ours:
            return
        async with self._opening:
            if not self._schema_is_ours:
                await self._to_its_end(self._open())

    async def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work` reads, all of one moment.

        Raises:
            StoreError: why it cannot be.
        """
        await self.open()
        return await self._to_its_end(self._engine.read(_bound(work, *args, **kwargs)))

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Commit what `work` writes; nothing of it is there after an exception.

        Raises:
            StoreError: why it cannot be.
        """
        await self.open()
        return await self._to_its_end(self._engine.write(_bound(work, *args, **kwargs)))

    async def close(self) -> None:
        """Close all connections, for good."""
        if not self._is_closed:
            self._is_closed = True
            await self._engine.close()

    async def _open(self) -> None:
        if not self._is_prepared:
            await self._engine.prepare()
            self._is_prepared = True
        if not await self._engine.read(migrate.is_up_to_date):
            await self._engine.write(migrate.upgrade)
        self._schema_is_ours = True
        self.num_opened += 1

    async def _to_its_end(self, transaction: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(transaction)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # nobody is left to be told
            raise
        except failures.FAILURES as failure:
            self._schema_is_ours = False  # who knows what comes back
            raise failures.of(failure, host_was_known=self.num_opened > 0) from None


def _bound(
    work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> Callable[[Connection], T]:
    return lambda connection: work(connection, *args, **kwargs)
