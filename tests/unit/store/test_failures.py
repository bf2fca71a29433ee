"""What drivers raise, as errors of ours."""

from __future__ import annotations

import errno
import socket
import sqlite3

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.errors import (
    AlreadyStoredError,
    NotFoundError,
    StoreAddressError,
    StoreDiskFullError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
    Value,
)
from backend.store import failures

SECRET = "a person's text"


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_SOMETHING"
    return error


def of_postgresql(sqlstate: str) -> BaseException:
    error: BaseException = asyncpg.PostgresError.new({"C": sqlstate, "M": SECRET})
    return error


Expected = tuple[type[StoreError], dict[str, Value]]

FAILURES: list[tuple[BaseException, Expected]] = [
    (of_sqlite(sqlite3.SQLITE_BUSY), (StoreUnavailableError, {"reason": "locked"})),
    (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), (StoreUnavailableError, {"reason": "locked"})),
    (of_sqlite(sqlite3.SQLITE_CANTOPEN), (StoreUnavailableError, {"reason": "gone"})),
    (of_sqlite(sqlite3.SQLITE_IOERR_READ), (StoreUnavailableError, {"reason": "gone"})),
    (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), (StoreDiskFullError, {})),
    (of_sqlite(sqlite3.SQLITE_FULL), (StoreDiskFullError, {})),
    (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), (StoreReadOnlyError, {})),
    (of_sqlite(sqlite3.SQLITE_CORRUPT), (StoreAddressError, {"reason": "not_a_database"})),
    (of_sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE), (AlreadyStoredError, {})),
    (of_sqlite(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY), (NotFoundError, {"what": "thread"})),
    (of_sqlite(sqlite3.SQLITE_ERROR), (StoreError, {})),
    (of_postgresql("53100"), (StoreDiskFullError, {})),
    (of_postgresql("53300"), (StoreUnavailableError, {"reason": "busy"})),
    (of_postgresql("57P01"), (StoreUnavailableError, {"reason": "gone"})),
    (of_postgresql("57P03"), (StoreUnavailableError, {"reason": "gone"})),
    (of_postgresql("57014"), (StoreUnavailableError, {"reason": "busy"})),
    (of_postgresql("40P01"), (StoreUnavailableError, {"reason": "locked"})),
    (of_postgresql("55P03"), (StoreUnavailableError, {"reason": "locked"})),
    (of_postgresql("08006"), (StoreUnavailableError, {"reason": "gone"})),
    (of_postgresql("25006"), (StoreReadOnlyError, {})),
    (of_postgresql("42501"), (StoreReadOnlyError, {})),
    (of_postgresql("28P01"), (StoreAddressError, {"reason": "login"})),
    (of_postgresql("3D000"), (StoreAddressError, {"reason": "no_such_database"})),
    (of_postgresql("23505"), (AlreadyStoredError, {})),
    (of_postgresql("42601"), (StoreError, {})),
    (asyncpg.InterfaceError(SECRET), (StoreUnavailableError, {"reason": "gone"})),
    (PoolTimeoutError(SECRET), (StoreUnavailableError, {"reason": "busy"})),
    (ConnectionRefusedError(SECRET), (StoreUnavailableError, {"reason": "gone"})),
    (TimeoutError(SECRET), (StoreUnavailableError, {"reason": "gone"})),
    (socket.gaierror(SECRET), (StoreAddressError, {"reason": "host_unknown"})),
    (OSError(errno.ENOSPC, SECRET), (StoreDiskFullError, {})),
    (OSError(errno.EDQUOT, SECRET), (StoreDiskFullError, {})),
    (OSError(errno.EROFS, SECRET), (StoreReadOnlyError, {})),
    (OSError(errno.EACCES, SECRET), (StoreReadOnlyError, {})),
    (OSError(errno.ENOTDIR, SECRET), (StoreAddressError, {"reason": "not_a_database"})),
]


def wrapped(failure: BaseException) -> DBAPIError:
    """As SQLAlchemy hands it on."""
    return DBAPIError(f"INSERT … {SECRET}", {"text": SECRET}, failure)


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
def test_a_failure_has_a_name_and_values(failure: BaseException, expected: Expected) -> None:
    error = failures.of(failure)
    assert (type(error), error.values) == expected


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
def test_so_has_one_that_sqlalchemy_hands_on(failure: BaseException, expected: Expected) -> None:
    error = failures.of(wrapped(failure))
    assert (type(error), error.values) == expected


@pytest.mark.parametrize("failure", [failure for failure, _ in FAILURES])
def test_an_error_says_the_cause_but_not_what_the_driver_says(failure: BaseException) -> None:
    for error in (failures.of(failure), failures.of(wrapped(failure))):
        assert SECRET not in str(error)
        assert type(failure).__name__ in str(error)


def test_what_may_pass_says_so() -> None:
    assert failures.of(of_postgresql("57P01")).retryable
    assert not failures.of(of_postgresql("28P01")).retryable


def test_a_host_that_was_known_and_has_no_name_any_more_is_away() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, SECRET)
    assert failures.of(unknown).values == {"reason": "host_unknown"}
    away = failures.of(unknown, host_was_known=True)
    assert (type(away), away.values) == (StoreUnavailableError, {"reason": "gone"})
