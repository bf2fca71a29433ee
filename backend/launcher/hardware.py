"""What the engine runs on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend.launcher.gpus import Cards, Holder, find_cards
from backend.launcher.kernel import PROC, memory_bytes, processor_name
from backend.sizing.gpu import Gpu
from backend.sizing.profiles import OLDEST_COMPUTE_CAPABILITY, is_too_old


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The device that the engine uses.

    Attributes:
        kind: `gpu` or `cpu`.
        name: the model's name; of different cards all names.
        count: how many; of a CPU, the cores that this process may use.
        memory_bytes: the memory of all of it; unknown is `None`.
        gpus: the cards, one by one.
        holders: processes that hold memory of the cards before vLLM starts.
        left_out: why cards of this machine are not among them, a sentence for each.
    """

    kind: str
    name: str
    count: int
    memory_bytes: int | None = None
    gpus: tuple[Gpu, ...] = ()
    holders: tuple[Holder, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know of the cards before vLLM starts."""
        unknown = dict.fromkeys(gpu.name for gpu in self.gpus if gpu.total_bytes is None)
        reason = "its memory is unknown (nvidia-smi does not tell it here)"
        return *self.left_out, *(f"{n}: {reason}, so no flag is fitted to it." for n in unknown)

    @property
    def visible_devices(self) -> str | None:
        """`CUDA_VISIBLE_DEVICES` for these cards alone; `None` where no card is left out."""
        uuids = [gpu.uuid for gpu in self.gpus if gpu.uuid]
        return ",".join(uuids) if self.left_out and len(uuids) == len(self.gpus) else None

    def with_gpus(self, gpus: Sequence[Gpu], left_out: Sequence[str]) -> Hardware:
        """The same machine with some of its cards; `left_out` says why without the others."""
        sizes = [gpu.total_bytes for gpu in gpus if gpu.total_bytes is not None]
        return replace(
            self,
            name=", ".join(dict.fromkeys(gpu.name for gpu in gpus)),
            count=len(gpus),
            memory_bytes=sum(sizes) if len(sizes) == len(gpus) else None,
            gpus=tuple(gpus),
            left_out=(*self.left_out, *left_out),
        )


def detect(cards: Cards | None = None, proc: Path = PROC) -> Hardware:
    """The hardware of this machine: its cards if it has any, otherwise its processor.

    Of several cards those that this vLLM does not run on are left out (one that is there for a
    screen, say), unless they are all there is.

    Args:
        cards: found already; by default looked for.
        proc: where the kernel describes processor and memory.
    """
    found = find_cards() if cards is None else cards
    if found.gpus:
        usable = [gpu for gpu in found.gpus if not is_too_old(gpu)]
        left_out = [_too_old(gpu) for gpu in found.gpus if gpu not in usable]
        hardware = Hardware(kind="gpu", name="", count=0, holders=found.holders)
        return hardware.with_gpus(usable or found.gpus, left_out if usable else ())
    return Hardware(
        kind="cpu",
        name=processor_name(proc) or platform.machine(),
        count=len(os.sched_getaffinity(0)),
        memory_bytes=memory_bytes("MemTotal", proc),
    )


def _too_old(gpu: Gpu) -> str:
    needed = ".".join(map(str, OLDEST_COMPUTE_CAPABILITY))
    return f"{gpu.name} is left out: vLLM needs compute capability {needed} or newer."
