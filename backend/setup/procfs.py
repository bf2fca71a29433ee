"""What `/proc` tells of processes and ports, without `lsof` or `ps`; nothing where it is not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_LISTEN = "0A"  # TCP_LISTEN, include/net/tcp_states.h
_ZOMBIE = "Z"


@dataclass(frozen=True, slots=True)
class Process:
    """A running process: its id, its parent's, its command as one line."""

    pid: int
    parent: int
    command: str


def processes() -> Iterator[Process]:
    """All running processes that can be seen; zombies are not running."""
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name, in parentheses, may hold anything
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != _ZOMBIE:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                yield Process(
                    int(folder.name), int(parent), command.decode(errors="replace").strip()
                )


def descendants(pid: int) -> list[Process]:
    """The running children of a process, their children, and so on."""
    children: dict[int, list[Process]] = {}
    for process in processes():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    pending = [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += [process.pid for process in below]
    return found


def started_from(folder: Path) -> list[Process]:
    """The running processes whose program lies in a folder."""
    return [process for process in processes() if _program(process).startswith(f"{folder}/")]


def _program(process: Process) -> str:
    """The command, its program with the whole path."""
    with contextlib.suppress(OSError):
        return str((PROC / str(process.pid) / "cwd").readlink() / process.command)
    return process.command


def listener(port: int) -> Process | None:
    """The process that listens on a TCP port; `None` where it cannot be seen (another user's)."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    return next((process for process in processes() if _holds(process.pid, sockets)), None)


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[9]


def _holds(pid: int, sockets: set[str]) -> bool:
    with contextlib.suppress(OSError):
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()) in sockets:
                    return True
    return False
