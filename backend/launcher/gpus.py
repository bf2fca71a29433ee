"""The cards of this machine, as `nvidia-smi` lists them, and who holds their memory.

`nvidia-smi` comes with the driver, and the container toolkit puts it into every container that is
given a card, so that no library has to be installed beside vLLM for it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend.launcher.kernel import PROC, memory_bytes
from backend.sizing.gpu import Gpu
from backend.sizing.units import GIB

MIB = 1 << 20
TIMEOUT_SECONDS = 20.0  # a driver that wakes a card takes seconds

_CARDS = "name,memory.total,memory.reserved,memory.free,compute_cap,uuid"
_HOLDERS = "gpu_uuid,pid,used_memory"
_NUM_FIELDS = len(_CARDS.split(","))
_NOT_APPLICABLE = frozenset({"[N/A]", "[Not Supported]"})
# Of memory that card and system share, this much is left to everything else than the engine.
_SYSTEM_BYTES = 8 * GIB

Query = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that holds memory of a card. `memory_bytes` is unknown (`None`) in a container."""

    pid: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """The cards that vLLM may use, and the processes that hold memory of them."""

    gpus: tuple[Gpu, ...] = ()
    holders: tuple[Holder, ...] = ()


def find_cards(query: Query | None = None, visible: str | None = None, proc: Path = PROC) -> Cards:
    """The cards of this machine; none where there is no driver, or no card in this container.

    Args:
        query: runs `nvidia-smi` with arguments and returns what it prints; raises OSError.
        visible: `CUDA_VISIBLE_DEVICES`, which hides cards from vLLM; by default the environment's.
        proc: where the kernel tells the memory of a card that shares the system's.
    """
    ask = query or _nvidia_smi
    if visible is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        rows = _rows(ask([f"--query-gpu={_CARDS}", "--format=csv,noheader,nounits"]), _NUM_FIELDS)
    except OSError:
        return Cards()
    gpus = _visible([_gpu(row, proc) for row in rows], visible)
    return Cards(gpus=gpus, holders=_holders(ask, {gpu.uuid for gpu in gpus}))


def _holders(ask: Query, uuids: set[str | None]) -> tuple[Holder, ...]:
    try:
        rows = _rows(ask([f"--query-compute-apps={_HOLDERS}", "--format=csv,noheader,nounits"]), 3)
    except OSError:
        return ()
    return tuple(
        Holder(pid=int(pid), memory_bytes=_bytes(used))
        for uuid, pid, used in rows
        if uuid in uuids and pid.isdecimal()
    )


def _gpu(row: Sequence[str], proc: Path) -> Gpu:
    name, total, reserved, free, capability, uuid = row
    total_bytes, free_bytes = _bytes(total), _bytes(free)
    if total_bytes is not None:
        total_bytes -= _bytes(reserved) or 0
    elif {total, free} <= _NOT_APPLICABLE:
        total_bytes, free_bytes = _shared_bytes(proc)
    return Gpu(
        name=name,
        total_bytes=total_bytes if total_bytes and total_bytes > 0 else None,
        free_bytes=free_bytes,
        compute_capability=_capability(capability),
        uuid=uuid if uuid.startswith("GPU-") else None,
    )


def _shared_bytes(proc: Path) -> tuple[int | None, int | None]:
    """Total and free memory of a card without memory of its own (GB10)."""
    total, available = memory_bytes("MemTotal", proc), memory_bytes("MemAvailable", proc)
    return total, None if available is None else max(0, available - _SYSTEM_BYTES)


def _rows(text: str, num_fields: int) -> list[list[str]]:
    """The lines that are no message (`No devices were found`)."""
    lines = ([field.strip() for field in line.split(",")] for line in text.splitlines())
    return [row for row in lines if len(row) == num_fields]


def _bytes(mebibytes: str) -> int | None:
    try:
        return int(float(mebibytes) * MIB)
    except (ValueError, OverflowError):  # "[N/A]", "[Insufficient Permissions]"
        return None


def _capability(text: str) -> tuple[int, int] | None:
    major, dot, minor = text.partition(".")
    return (int(major), int(minor)) if dot and major.isdecimal() and minor.isdecimal() else None


def _visible(gpus: Sequence[Gpu], visible: str | None) -> tuple[Gpu, ...]:
    """Those that CUDA sees, in its order: what follows a word that names none is hidden."""
    if visible is None:
        return tuple(gpus)
    shown: list[Gpu] = []
    for word in visible.split(","):
        gpu = _named(gpus, word.strip())
        if gpu is None:
            break
        if gpu not in shown:
            shown.append(gpu)
    return tuple(shown)


def _named(gpus: Sequence[Gpu], word: str) -> Gpu | None:
    """The card of a number, of the first characters of a UUID, or around a slice (`MIG-…`)."""
    if word.startswith("MIG-"):
        around = next((gpu for gpu in gpus if gpu.uuid and gpu.uuid in word), None)
        around = around or next((gpu for gpu in gpus if gpu.total_bytes is None), None)
        around = around or next(iter(gpus), None)
        return around and replace(around, total_bytes=None, free_bytes=None)
    if word.isdecimal():
        return gpus[int(word)] if int(word) < len(gpus) else None
    return next((gpu for gpu in gpus if word and gpu.uuid and gpu.uuid.startswith(word)), None)


def _nvidia_smi(arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            ["nvidia-smi", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise OSError(str(error)) from error
    return done.stdout
