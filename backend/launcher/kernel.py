"""What the kernel says of the machine, under `/proc`."""

from __future__ import annotations

import re
from pathlib import Path

PROC = Path("/proc")


def processor_name(proc: Path = PROC) -> str | None:
    """The processor's model; `None` where it is not told."""
    return _find(r"model name\s*:\s*(.+)", proc / "cpuinfo")


def memory_bytes(field: str, proc: Path = PROC) -> int | None:
    """A line of `meminfo`, such as `MemTotal`; `None` where it is not told."""
    kibibytes = _find(rf"{field}:\s*(\d+) kB", proc / "meminfo")
    return int(kibibytes) * 1024 if kibibytes else None


def _find(pattern: str, path: Path) -> str | None:
    try:
        match = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return match[1].strip() if match else None
