"""Whatever goes wrong on the way to the database, as one of `backend.errors`.

The text of each error is the name of an exception and a code: drivers repeat rows, and so people's
text, in their messages.
"""

from __future__ import annotations

import errno
import socket
import sqlite3
from collections.abc import Callable, Iterator

import asyncpg
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.errors import (
    AlreadyStoredError,
    NotFoundError,
    StoreAddressError,
    StoreDiskFullError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)

FAILURES = (
    DBAPIError,
    DisconnectionError,
    PoolTimeoutError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
"""What the drivers raise; anything else is a defect of ours."""

Make = Callable[[str], StoreError]


def _unavailable(reason: str) -> Make:
    return lambda cause: StoreUnavailableError(cause, reason=reason)


def _address(reason: str) -> Make:
    return lambda cause: StoreAddressError(cause, reason=reason)


def _thread_not_found(cause: str) -> StoreError:
    return NotFoundError(cause, what="thread")


# https://sqlite.org/rescode.html; an extended code is tried before its primary one
_SQLITE: dict[int, Make] = {
    sqlite3.SQLITE_BUSY: _unavailable("locked"),
    sqlite3.SQLITE_LOCKED: _unavailable("locked"),
    sqlite3.SQLITE_CANTOPEN: _unavailable("gone"),
    sqlite3.SQLITE_IOERR: _unavailable("gone"),
    sqlite3.SQLITE_IOERR_WRITE: StoreDiskFullError,  # what a quota or a size limit answers
    sqlite3.SQLITE_FULL: StoreDiskFullError,
    sqlite3.SQLITE_READONLY: StoreReadOnlyError,
    sqlite3.SQLITE_PERM: StoreReadOnlyError,
    sqlite3.SQLITE_NOTADB: _address("not_a_database"),
    sqlite3.SQLITE_CORRUPT: _address("not_a_database"),
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: AlreadyStoredError,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: AlreadyStoredError,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: _thread_not_found,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a code is tried before its class
_POSTGRESQL: dict[str, Make] = {
    "08": _unavailable("gone"),
    "25006": StoreReadOnlyError,
    "23503": _thread_not_found,
    "23505": AlreadyStoredError,
    "28": _address("login"),
    "3D000": _address("no_such_database"),
    "40": _unavailable("locked"),
    "42501": StoreReadOnlyError,
    "53": _unavailable("busy"),
    "53100": StoreDiskFullError,
    "55P03": _unavailable("locked"),
    "57": _unavailable("gone"),
    "57014": _unavailable("busy"),
    "58": _unavailable("gone"),
}

_TYPES: tuple[tuple[type[BaseException], Make], ...] = (
    (PoolTimeoutError, _unavailable("busy")),
    (socket.gaierror, _address("host_unknown")),
    (asyncpg.InterfaceError, _unavailable("gone")),
)

_OS: dict[int | None, Make] = {
    errno.ENOSPC: StoreDiskFullError,
    errno.EDQUOT: StoreDiskFullError,
    errno.EFBIG: StoreDiskFullError,
    errno.EROFS: StoreReadOnlyError,
    errno.EACCES: StoreReadOnlyError,
    errno.EPERM: StoreReadOnlyError,
    errno.EEXIST: _address("not_a_database"),
    errno.EISDIR: _address("not_a_database"),
    errno.ENOTDIR: _address("not_a_database"),
}


def of(failure: BaseException, *, host_was_known: bool = False) -> StoreError:
    """The error for what one of `FAILURES` says.

    A host that was known and is not any more is away: a container that is stopped has no name.
    """
    causes = list(_causes(failure))
    for cause in causes:
        code = _code(cause)
        if isinstance(cause, socket.gaierror) and host_was_known:
            return StoreUnavailableError(type(cause).__name__, reason="gone")
        make = _known(cause)
        if make is not None:
            return make(f"{type(cause).__name__} {code}".rstrip())
    last = causes[-1]
    return StoreError(f"{type(last).__name__} {_code(last)}".rstrip())


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what is behind it, as SQLAlchemy and Python link them."""
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = getattr(cause, "orig", None) or cause.__cause__


def _code(cause: BaseException) -> str:
    return str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")


def _known(cause: BaseException) -> Make | None:
    for kind, make in _TYPES:
        if isinstance(cause, kind):
            return make
    if isinstance(cause, OSError):
        return _OS.get(cause.errno, _unavailable("gone"))
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)
    sqlstate = str(getattr(cause, "sqlstate", None))
    return _POSTGRESQL.get(sqlstate) or _POSTGRESQL.get(sqlstate[:2])
