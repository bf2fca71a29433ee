"""What one card can do."""

from __future__ import annotations

from dataclasses import dataclass

from backend.sizing.units import GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What one card can do; unknown is `None`.

    `memory_gib` is the total that CUDA reports, a little less than the label's. Rates are dense
    (without sparsity) and accumulate in fp32. `known` is false for a card that is not in the
    table: then only its memory and compute capability count.
    """

    name: str
    memory_gib: float
    compute_capability: tuple[int, int] | None
    bandwidth_gb_per_second: float | None = None
    bf16_tflops: float | None = None
    fp8_tflops: float | None = None
    known: bool = True

    @property
    def memory_bytes(self) -> int:
        """Total memory in bytes."""
        return round(self.memory_gib * GIB)

    @property
    def has_fp8(self) -> bool:
        """Whether the tensor cores compute in fp8 (Ada, Hopper, Blackwell)."""
        return self.compute_capability is not None and self.compute_capability >= (8, 9)
