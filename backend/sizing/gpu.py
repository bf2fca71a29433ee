"""A card as the driver of a machine describes it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.sizing.card import Card
from backend.sizing.cards import card_for
from backend.sizing.units import GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One card of a machine.

    `total_bytes` is what CUDA may use: NVML's total less the driver's reserve (`nvidia-smi`'s
    `memory.total` − `memory.reserved`). `free_bytes` is less than that where another process, or a
    screen, holds memory. Unknown is `None`.
    """

    name: str
    total_bytes: int
    free_bytes: int | None = None
    compute_capability: tuple[int, int] | None = None

    @property
    def card(self) -> Card:
        """What the table knows about it, with the driver's own values first."""
        return card_for(self.name, self.total_bytes / GIB, self.compute_capability)
