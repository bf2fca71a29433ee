"""What the engine runs on."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The device that the engine uses.

    Attributes:
        kind: `cpu`.
        name: the model's name.
        count: how many; of a CPU, the cores that this process may use.
        memory_bytes: the memory of all of it; unknown is `None`.
    """

    kind: str
    name: str
    count: int
    memory_bytes: int | None = None


def detect(proc: Path = Path("/proc")) -> Hardware:
    """The hardware of this machine."""
    return Hardware(
        kind="cpu",
        name=_find(r"model name\s*:\s*(.+)", proc / "cpuinfo") or platform.machine(),
        count=len(os.sched_getaffinity(0)),
        memory_bytes=_memory_bytes(proc),
    )


def _memory_bytes(proc: Path) -> int | None:
    kibibytes = _find(r"MemTotal:\s*(\d+) kB", proc / "meminfo")
    return int(kibibytes) * 1024 if kibibytes else None


def _find(pattern: str, path: Path) -> str | None:
    try:
        match = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return match[1].strip() if match else None
