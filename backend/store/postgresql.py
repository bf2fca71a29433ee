"""PostgreSQL, through asyncpg. Its server waits for locks as long as SQLite does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")

_NUM_CONNECTIONS = 10


class PostgresqlEngine:
    """Transactions on a server.

    Args:
        url: of the database.
        lock_timeout_seconds: how long a lock of another process is waited for.
    """

    def __init__(self, url: URL, *, lock_timeout_seconds: float) -> None:
        self._writing = create_async_engine(
            url,
            hide_parameters=True,  # people's text never enters an exception
            pool_size=_NUM_CONNECTIONS,
            max_overflow=0,
            pool_timeout=2 * lock_timeout_seconds,
            pool_pre_ping=True,  # a server that was away is found again without an error
            connect_args={
                "timeout": lock_timeout_seconds,
                "command_timeout": 3 * lock_timeout_seconds,
                "server_settings": {
                    "application_name": "warmline",
                    "lock_timeout": f"{round(lock_timeout_seconds * 1000)}ms",
                    "jit": "off",  # its start costs more than any of our queries
                },
            },
        )
        self._reading = self._writing.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def prepare(self) -> None:
        """Nothing: a database is made by who runs the server."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, all of one moment."""
        async with self._reading.begin() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, committed."""
        async with self._writing.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Close all connections."""
        await self._writing.dispose()
