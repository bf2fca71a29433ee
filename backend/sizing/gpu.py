"""A card as the driver of a machine describes it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.sizing.card import Card
from backend.sizing.cards import card_for
from backend.sizing.errors import UnknownCardError
from backend.sizing.units import GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One card of a machine.

    `total_bytes` is what CUDA may use: NVML's total less the driver's reserve (`nvidia-smi`'s
    `memory.total` − `memory.reserved`). `free_bytes` is less than that where another process, or a
    screen, holds memory. Unknown is `None`: of a slice (MIG) a container is not told the memory.
    """

    name: str
    total_bytes: int | None
    free_bytes: int | None = None
    compute_capability: tuple[int, int] | None = None
    uuid: str | None = None

    @property
    def known_bytes(self) -> int:
        """`total_bytes` of a card that must have it.

        Raises:
            UnknownCardError: it is unknown.
        """
        if self.total_bytes is None:
            raise UnknownCardError(f"The memory of {self.name} is unknown.")
        return self.total_bytes

    @property
    def card(self) -> Card:
        """What the table knows about it, with the driver's own values first.

        Of a card that neither knows the memory of, it is 0: no class of cards asks for less.
        """
        memory_gib = None if self.total_bytes is None else self.total_bytes / GIB
        try:
            return card_for(self.name, memory_gib, self.compute_capability)
        except UnknownCardError:
            capability = self.compute_capability
            return Card(name=self.name, memory_gib=0, compute_capability=capability, known=False)
