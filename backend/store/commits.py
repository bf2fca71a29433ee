"""Writers that wait at the same time share a transaction: one commit, one wait for the disk.

    write ─┐
    write ─┼→ one transaction → commit → each has its result
    write ─┘

When 200 people send at once, 200 commits one after another would keep the last of them waiting for
a second, and cost each of them twice the CPU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from backend.errors import StoreUnavailableError, WarmlineError

T = TypeVar("T")
Work = Callable[[Connection], Any]
Commit = Callable[[Work], Awaitable[Any]]

MOST_AT_ONCE = 64  # so that the first of many does not wait for all


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    work: Work
    done: asyncio.Future[Any]


class SharedCommits:
    """Runs writes, in the order in which they come.

    Args:
        commit: runs a work in a transaction of its own, and commits it.
        wait_seconds: how long a write may wait for its turn.
    """

    def __init__(self, commit: Commit, *, wait_seconds: float) -> None:
        self._commit = commit
        self._wait_seconds = wait_seconds
        self._waiting: list[_Write] = []
        self.turn = asyncio.Lock()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, committed.

        Raises:
            StoreUnavailableError: the writes before this one take too long.
        """
        write = _Write(work, asyncio.get_running_loop().create_future())
        self._waiting.append(write)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self.turn.acquire()
        except TimeoutError:
            if write in self._waiting:  # and in no transaction
                self._waiting.remove(write)
                raise StoreUnavailableError("too many writers", reason="busy") from None
        else:
            try:
                if not write.done.done():  # whose turn came before took it along otherwise
                    await self._take_all_that_wait()
            finally:
                self.turn.release()
        return cast(T, await write.done)

    async def _take_all_that_wait(self) -> None:
        taken = self._waiting[:MOST_AT_ONCE]
        del self._waiting[:MOST_AT_ONCE]
        await self._commit_together(taken)

    async def _commit_together(self, writes: list[_Write]) -> None:
        try:
            results = await self._commit(lambda connection: [w.work(connection) for w in writes])
        except (WarmlineError, IntegrityError) as failure:  # of one of them; none is committed
            if len(writes) == 1:
                writes[0].done.set_exception(failure)
                return
            for write in writes:
                await self._commit_together([write])
        except Exception as failure:  # the database's
            for write in writes:
                write.done.set_exception(failure)
        else:
            for write, result in zip(writes, results, strict=True):
                write.done.set_result(result)
