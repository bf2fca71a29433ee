"""Trouble with a chat's database: what another process, or the disk, does to it."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.fakes.product import Product


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Another process writes, and does not end."""
    connection = sqlite3.connect(data_dir / "history.db", isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


@contextmanager
def full_disk(chat: Product) -> Iterator[None]:
    """No file of the process may grow, as on a full disk or at the end of a quota."""
    pid = chat.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
