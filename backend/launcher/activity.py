"""What a process group is busy with: the processor, the disk, the network, or nothing.

Read from `/proc` (proc(5)); where it is not, nothing is known. Bytes of the network are those of
all that runs here: a network has no count for each process.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_SHORTEST_SECONDS = 1.0

# Less than that a second is what any idle machine does.
_BUSY_CORES = 0.5
_BUSY_DISK_BYTES = 2**20
_BUSY_NETWORK_BYTES = 2**17


class Activity(StrEnum):
    """What a process waits for, or does."""

    NETWORK = "network"
    DISK = "disk"
    PROCESSOR = "processor"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a group has used since it began, and bytes that came over the network meanwhile."""

    at: float
    processor_seconds: float
    disk_bytes: int
    network_bytes: int

    def activity_since(self, before: Usage) -> Activity:
        """What most of the time between the two went to; the scarcer thing is named first."""
        seconds = self.at - before.at
        if self.network_bytes - before.network_bytes >= seconds * _BUSY_NETWORK_BYTES:
            return Activity.NETWORK
        if self.disk_bytes - before.disk_bytes >= seconds * _BUSY_DISK_BYTES:
            return Activity.DISK
        if self.processor_seconds - before.processor_seconds >= seconds * _BUSY_CORES:
            return Activity.PROCESSOR
        return Activity.NOTHING


class ActivityWatch:
    """Names the activity of one process group, from look to look; for any thread.

    Args:
        group: the group's id.
        proc: where `/proc` is.
        clock: monotonic seconds.
    """

    def __init__(
        self, group: int, *, proc: Path = PROC, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._group = group
        self._proc = proc
        self._clock = clock
        self._before: Usage | None = None
        self._named: Activity | None = None
        self._lock = threading.Lock()

    def look(self) -> Activity | None:
        """What it is busy with since a second or more; `None` before the second look."""
        with self._lock:
            now = self._clock()
            if self._before is not None and now - self._before.at < _SHORTEST_SECONDS:
                return self._named
            usage = read_usage(self._group, proc=self._proc, at=now)
            if self._before is not None:
                self._named = usage.activity_since(self._before)
            self._before = usage
            return self._named


def read_usage(group: int, *, proc: Path = PROC, at: float = 0.0) -> Usage:
    """What a group has used; zeros for what cannot be read. `at`: seconds of the caller's clock."""
    ticks = disk_bytes = 0
    for folder, fields in _members(group, proc):
        ticks += int(fields[11]) + int(fields[12])  # utime, stime: 14 and 15 of proc(5)'s stat
        disk_bytes += _disk_bytes(folder)
    return Usage(
        at=at,
        processor_seconds=ticks / _TICKS_PER_SECOND,
        disk_bytes=disk_bytes,
        network_bytes=_network_bytes(proc),
    )


def _members(group: int, proc: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folder of each process of the group, and its stat from the state on."""
    for folder in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name, in parentheses, may hold anything
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                yield folder, fields


def _disk_bytes(folder: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        lines = dict(line.split(": ") for line in (folder / "io").read_text().splitlines())
        return int(lines["read_bytes"]) + int(lines["write_bytes"])
    return 0


def _network_bytes(proc: Path) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = (proc / "net" / "dev").read_text().splitlines()[2:]
        interfaces = (line.split(":", 1) for line in lines)
        return sum(int(counts.split()[0]) for name, counts in interfaces if name.strip() != "lo")
    return 0
