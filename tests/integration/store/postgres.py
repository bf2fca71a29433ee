"""PostgreSQL for real: Debian's package, on a loopback port, with a data folder of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

ADMINISTRATOR = "postgres"
BIN_FOLDERS = "/usr/lib/postgresql/*/bin"
NO_DISK = "-c fsync=off -c full_page_writes=off -c autovacuum=off"
MISSING = "these tests need PostgreSQL: apt-get install --no-install-recommends postgresql"


class Postgres:
    """A server whose databases are made at will.

    Args:
        durable: commits wait for the disk, as they do where people chat.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = "" if durable else NO_DISK
        self._bin = _bin_folder()
        # its programs refuse root
        self._user = ADMINISTRATOR if os.geteuid() == 0 else getpass.getuser()
        self._folder = Path(tempfile.mkdtemp(prefix="warmline-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._user)
        self._num_databases = 0
        self.port = _free_port()
        self._call("initdb", "-D", "data", "-A", "trust", "-U", ADMINISTRATOR, "--no-sync")

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -k '' {self._options}"
        self._call("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """At once: connections are cut."""
        self._call("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        shutil.rmtree(self._folder)

    def url(self, database: str, *, user: str = ADMINISTRATOR) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        self._num_databases += 1
        name = f"warmline_{self._num_databases}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Make room, whoever is still connected."""
        name = url.rpartition("/")[2]
        self.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    def sql(self, database: str, statement: str) -> None:
        """Run SQL as the administrator, beside the store."""
        self._call(
            *("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", ADMINISTRATOR),
            *("-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement),
        )

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self._folder,
            user=self._user if os.geteuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            # not a pipe: the server would inherit it and keep it open
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr!r}"


def _bin_folder() -> Path:
    folders = sorted(Path("/").glob(BIN_FOLDERS.lstrip("/")))
    assert folders, MISSING
    return folders[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
