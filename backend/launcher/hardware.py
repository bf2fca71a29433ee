"""What the engine runs on."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.gpus import Cards, Holder, find_cards
from backend.sizing.gpu import Gpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The device that the engine uses.

    Attributes:
        kind: `gpu` or `cpu`.
        name: the model's name.
        count: how many; of a CPU, the cores that this process may use.
        memory_bytes: the memory of all of it; unknown is `None`.
        gpus: the cards, one by one.
        holders: processes that hold memory of the cards before vLLM starts.
    """

    kind: str
    name: str
    count: int
    memory_bytes: int | None = None
    gpus: tuple[Gpu, ...] = ()
    holders: tuple[Holder, ...] = ()


def detect(cards: Cards | None = None, proc: Path = Path("/proc")) -> Hardware:
    """The hardware of this machine: its cards if it has any, otherwise its processor.

    Args:
        cards: found already; by default looked for.
        proc: where the kernel describes processor and memory.
    """
    found = find_cards() if cards is None else cards
    if found.gpus:
        return Hardware(
            kind="gpu",
            name=found.gpus[0].name,
            count=len(found.gpus),
            memory_bytes=sum(gpu.total_bytes for gpu in found.gpus),
            gpus=found.gpus,
            holders=found.holders,
        )
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
