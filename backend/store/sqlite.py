"""SQLite: one file, many readers, one writer at a time.

Python's own driver, each transaction whole in a thread of ours: aiosqlite, which goes back to the
loop for every call, costs 1.4 times the CPU of a turn (docs/measurements/store.md).

Our writers queue up in the process, in order, and share commits (`commits`); only other processes
are waited for inside SQLite (`busy_timeout`). WAL lets readers go on beside a writer.
`synchronous=FULL`: a commit is on the disk when it returns, so that a power cut loses no more than
`kill -9` does, at one `fdatasync` a commit.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from backend.store.commits import SharedCommits

T = TypeVar("T")

_NUM_READERS = 2


class SqliteEngine:
    """Transactions on a file.

    Args:
        url: of the file.
        lock_timeout_seconds: how long a lock of another process is waited for.
    """

    def __init__(self, url: URL, *, lock_timeout_seconds: float) -> None:
        self._lock_timeout_seconds = lock_timeout_seconds
        self._file: Path | None = None
        if "uri" not in url.query:
            self._file = Path(url.database or "").absolute()
            url = url.set(database=self._file.as_uri(), query={"uri": "true", "mode": "rw"})
        self._reading = self._engine(url, "BEGIN", "query_only = ON")
        self._writing = self._engine(
            url,
            "BEGIN IMMEDIATE",  # a transaction that reads first could not become a writer later
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        )
        self._readers = ThreadPoolExecutor(_NUM_READERS, "store-reader")
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._commits = SharedCommits(self._commit, wait_seconds=2 * lock_timeout_seconds)

    async def prepare(self) -> None:
        """Make the file, for our eyes only, if it is not there.

        Connections never do: a file that is taken away later is an error, not a new history.
        """
        if self._file is None:
            return
        if self._file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch(mode=0o600, exist_ok=True)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, all of one moment."""
        return await self._run(self._readers, self._reading, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, committed.

        Raises:
            StoreUnavailableError: the writers before this one take too long.
        """
        return await self._commits.write(work)

    async def close(self) -> None:
        """Close all connections, for good, after those who still write."""
        async with self._commits.turn:
            for threads in (self._readers, self._writer):
                await asyncio.to_thread(threads.shutdown)
            self._reading.dispose()
            self._writing.dispose()

    async def _commit(self, work: Callable[[Connection], T]) -> T:
        return await self._run(self._writer, self._writing, work)

    @staticmethod
    async def _run(
        threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], T]
    ) -> T:
        def transaction() -> T:
            with engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(threads, transaction)

    def _engine(self, url: URL, begin: str, *pragmas: str) -> Engine:
        engine = create_engine(
            url,
            hide_parameters=True,  # people's text never enters an exception
            connect_args={
                "timeout": self._lock_timeout_seconds,
                "check_same_thread": False,
                "isolation_level": None,  # SQLAlchemy begins and ends transactions, not the driver
            },
        )

        @event.listens_for(engine, "connect")
        def set_up(connection: Any, record: Any) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            record.info["file"] = _identity(self._file)

        @event.listens_for(engine, "checkout")
        def still_the_same_file(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info["file"] != _identity(self._file):
                raise DisconnectionError

        @event.listens_for(engine, "begin")
        def begin_transaction(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine


def _identity(file: Path | None) -> tuple[int, int] | None:
    """What tells a file from another in its place; without it SQLite writes to a deleted one."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
