"""Writers that wait at the same time share a commit, and nobody's failure is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from backend.errors import NotFoundError, StoreUnavailableError
from backend.store.commits import MOST_AT_ONCE, SharedCommits

NO_CONNECTION = cast(Connection, None)


class Transactions:
    """Keeps what was committed, one list a transaction; each takes until it may go on."""

    def __init__(self) -> None:
        self.committed: list[Any] = []
        self.failures: list[Exception] = []
        self.may_go_on = asyncio.Event()

    async def commit(self, work: Callable[[Connection], Any]) -> Any:
        await self.may_go_on.wait()
        if self.failures:
            raise self.failures.pop(0)
        result = work(NO_CONNECTION)
        self.committed.append(result)
        return result


@pytest.fixture
def transactions() -> Transactions:
    return Transactions()


@pytest.fixture
def commits(transactions: Transactions) -> SharedCommits:
    return SharedCommits(transactions.commit, wait_seconds=10)


async def begin(commits: SharedCommits, *works: Callable[[Connection], Any]) -> list[Any]:
    """Their writes, one of which has begun before the others came."""
    writes = [asyncio.create_task(commits.write(work)) for work in works]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return writes


def returns(value: object) -> Callable[[Connection], object]:
    return lambda _: value


def refuses(_: Connection) -> None:
    raise NotFoundError(what="thread")


async def test_those_who_wait_share_a_commit_and_each_has_its_own_result(
    commits: SharedCommits, transactions: Transactions
) -> None:
    first = await begin(commits, returns("a"))
    waiting = await begin(commits, returns("b"), returns("c"), returns("d"))
    transactions.may_go_on.set()
    assert await asyncio.gather(*first, *waiting) == ["a", "b", "c", "d"]
    assert transactions.committed == [["a"], ["b", "c", "d"]]


async def test_one_that_is_refused_takes_nobody_along(
    commits: SharedCommits, transactions: Transactions
) -> None:
    first = await begin(commits, returns("a"))
    waiting = await begin(commits, returns("b"), refuses, returns("d"))
    transactions.may_go_on.set()
    a, b, refused, d = await asyncio.gather(*first, *waiting, return_exceptions=True)
    assert (a, b, d) == ("a", "b", "d")
    assert isinstance(refused, NotFoundError)
    assert transactions.committed == [["a"], ["b"], ["d"]]


async def test_a_database_that_fails_is_waited_for_once_and_not_for_each(
    commits: SharedCommits, transactions: Transactions
) -> None:
    first = await begin(commits, returns("a"))
    waiting = await begin(commits, returns("b"), returns("c"))
    locked = OperationalError("COMMIT", {}, Exception("locked"))
    transactions.failures = [locked, locked]
    transactions.may_go_on.set()
    results = await asyncio.gather(*first, *waiting, return_exceptions=True)
    assert results == [locked, locked, locked]
    assert await commits.write(returns("e")) == "e"


async def test_a_transaction_takes_so_many_and_no_more(
    commits: SharedCommits, transactions: Transactions
) -> None:
    first = await begin(commits, returns(0))
    waiting = await begin(commits, *(returns(n) for n in range(MOST_AT_ONCE + 1)))
    transactions.may_go_on.set()
    await asyncio.gather(*first, *waiting)
    assert [len(together) for together in transactions.committed] == [1, MOST_AT_ONCE, 1]


async def test_who_waits_too_long_is_told_and_nothing_of_it_is_written(
    transactions: Transactions,
) -> None:
    commits = SharedCommits(transactions.commit, wait_seconds=0.01)
    first = await begin(commits, returns("a"))
    with pytest.raises(StoreUnavailableError):
        await commits.write(returns("b"))
    transactions.may_go_on.set()
    assert await asyncio.gather(*first) == ["a"]
    assert transactions.committed == [["a"]]


async def test_who_is_in_a_transaction_already_waits_for_its_end(
    transactions: Transactions,
) -> None:
    commits = SharedCommits(transactions.commit, wait_seconds=0.05)
    transactions.may_go_on.set()
    async with commits.turn:
        first = await begin(commits, returns("a"), returns("b"))
        transactions.may_go_on.clear()
    await asyncio.sleep(0.1)
    transactions.may_go_on.set()
    assert await asyncio.gather(*first) == ["a", "b"]
