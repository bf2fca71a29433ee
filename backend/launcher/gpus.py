"""The cards of this machine, as `nvidia-smi` lists them, and who holds their memory.

`nvidia-smi` comes with the driver, and the container toolkit puts it into every container that is
given a card, so that no library has to be installed beside vLLM for it.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.sizing.gpu import Gpu

MIB = 1 << 20
TIMEOUT_SECONDS = 20.0  # a driver that wakes a card takes seconds

_CARDS = "name,memory.total,memory.reserved,memory.free,compute_cap,uuid"
_HOLDERS = "gpu_uuid,pid,used_memory"

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


def find_cards(query: Query | None = None, visible: str | None = None) -> Cards:
    """The cards of this machine; none where there is no driver, or no card in this container.

    Args:
        query: runs `nvidia-smi` with arguments and returns what it prints; raises OSError.
        visible: `CUDA_VISIBLE_DEVICES`, which hides cards from vLLM; by default the environment's.
    """
    ask = query or _nvidia_smi
    if visible is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        rows = _rows(ask([f"--query-gpu={_CARDS}", "--format=csv,noheader,nounits"]))
    except OSError:
        return Cards()
    shown = [row for number, row in enumerate(rows) if _is_visible(number, row, visible)]
    uuids = {row[5] for row in shown}
    return Cards(gpus=tuple(_gpu(row) for row in shown), holders=_holders(ask, uuids))


def _holders(ask: Query, uuids: set[str]) -> tuple[Holder, ...]:
    try:
        rows = _rows(ask([f"--query-compute-apps={_HOLDERS}", "--format=csv,noheader,nounits"]))
    except OSError:
        return ()
    return tuple(
        Holder(pid=int(row[1]), memory_bytes=_bytes(row[2])) for row in rows if row[0] in uuids
    )


def _gpu(row: list[str]) -> Gpu:
    name, total, reserved, free, capability, _ = row
    total_bytes = _bytes(total) or 0
    return Gpu(
        name=name,
        total_bytes=total_bytes - (_bytes(reserved) or 0),
        free_bytes=_bytes(free),
        compute_capability=_capability(capability),
    )


def _rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if len(row) > 1]


def _bytes(mebibytes: str) -> int | None:
    try:
        return int(float(mebibytes) * MIB)
    except ValueError:  # "[N/A]", "[Not Supported]"
        return None


def _capability(text: str) -> tuple[int, int] | None:
    major, dot, minor = text.partition(".")
    return (int(major), int(minor)) if dot and major.isdigit() and minor.isdigit() else None


def _is_visible(number: int, row: list[str], visible: str | None) -> bool:
    if visible is None:
        return True
    wanted = [word.strip() for word in visible.split(",")]
    return str(number) in wanted or any(w and row[5].startswith(w) for w in wanted)


def _nvidia_smi(arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            ["nvidia-smi", *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise OSError(str(error)) from error
    return done.stdout
