"""Where the database is: what may stand in `WARMLINE_DATABASE_URL`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from backend.errors import StoreAddressError

SQLITE = "sqlite"
POSTGRESQL = "postgresql+asyncpg"

_DRIVERS = {
    SQLITE: SQLITE,
    "sqlite+aiosqlite": SQLITE,  # the name that people know; our own threads do its work
    "postgres": POSTGRESQL,
    "postgresql": POSTGRESQL,
    POSTGRESQL: POSTGRESQL,
}
_POSTGRESQL_OPTIONS = {"ssl": "ssl", "sslmode": "ssl"}  # libpq's name too


def parse(text: str) -> URL:
    """The URL with the driver that we use.

    Raises:
        StoreAddressError: its `reason` is `not_a_url`, `driver`, `option` or `in_memory`.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreAddressError(reason="not_a_url") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreAddressError(reason="driver", driver=url.drivername)
    url = url.set(drivername=driver)
    return _sqlite(url) if driver == SQLITE else _postgresql(url)


def of_file(path: Path) -> str:
    """The URL of a file's database."""
    return URL.create(SQLITE, database=str(path.absolute())).render_as_string()


def with_password(text: str, password: str) -> str:
    """A server's URL with the password, where it names a user and holds none itself."""
    try:
        url = parse(text)
    except StoreAddressError:
        return text  # who opens it says what is wrong
    if url.drivername != POSTGRESQL or url.password is not None:
        return text
    return url.set(password=password).render_as_string(hide_password=False)


def _sqlite(url: URL) -> URL:
    if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
        raise StoreAddressError(reason="in_memory")
    return url


def _postgresql(url: URL) -> URL:
    for option in url.query:
        if option not in _POSTGRESQL_OPTIONS:
            raise StoreAddressError(reason="option", option=option)
    return url.set(query={_POSTGRESQL_OPTIONS[name]: value for name, value in url.query.items()})
