"""How a checkpoint stores its weights, read from `quantization_config`, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.sizing.errors import SizingError


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFormat:
    """How the linear layers are stored; embeddings and `lm_head` stay at 16 bit in all of them.

    `group_size` weights share one 16-bit scale and one zero point of `bits`; `None`: scales are
    too few to count (FP8 has one for 128 × 128 weights).
    """

    name: str
    bits: int
    group_size: int | None = None

    @property
    def bytes_per_weight(self) -> float:
        """Bytes for each weight of a linear layer, its share of scale and zero point included."""
        bits = float(self.bits)
        if self.group_size is not None:
            bits += (16 + self.bits) / self.group_size
        return bits / 8

    @property
    def is_4_bit(self) -> bool:
        """Whether vLLM repacks the weights for its Marlin kernels."""
        return self.bits == 4


SIXTEEN_BIT = WeightFormat(name="16 bit", bits=16)
FP8 = WeightFormat(name="fp8", bits=8)
AWQ = WeightFormat(name="awq", bits=4, group_size=128)
GPTQ = WeightFormat(name="gptq", bits=4, group_size=128)

BY_FLAG = {"none": SIXTEEN_BIT, "bf16": SIXTEEN_BIT, "fp8": FP8, "awq": AWQ, "gptq": GPTQ}


def read_weight_format(config: Mapping[str, Any]) -> WeightFormat:
    """The format that a `config.json` declares; 16 bit where it declares none.

    Raises:
        SizingError: a quantization method that the formula does not cover.
    """
    quantization = config.get("quantization_config")
    if not quantization:
        return SIXTEEN_BIT
    method = str(quantization.get("quant_method", "")).lower()
    if method == "fp8":
        return FP8
    if method in {"awq", "gptq"}:
        return _grouped(method, quantization)
    if method == "compressed-tensors":
        return _compressed_tensors(quantization)
    raise SizingError(
        f"The checkpoint's quantization {method or 'without a name'!r} is not covered: "
        "the planner knows 16 bit, fp8, awq, gptq and compressed-tensors."
    )


def _grouped(method: str, settings: Mapping[str, Any]) -> WeightFormat:
    group_size = int(settings.get("group_size", 128))
    return WeightFormat(
        name=method,
        bits=int(settings.get("bits", 4)),
        group_size=group_size if group_size > 0 else None,
    )


def _compressed_tensors(quantization: Mapping[str, Any]) -> WeightFormat:
    groups = quantization.get("config_groups") or {}
    weights = next((group.get("weights") or {} for group in groups.values()), {})
    return WeightFormat(
        name="compressed-tensors",
        bits=int(weights.get("num_bits", 8)),
        group_size=weights.get("group_size") or None,
    )
