"""What real engines of vLLM 0.32.0 reported: the formula is held against these.

`tokens` is vLLM's own line `KV cache size`. GPU rows: one H100 80GB HBM3, Qwen3-4B's shape, dummy
weights; CPU rows: the CPU build, dummy weights, `VLLM_CPU_KVCACHE_SPACE` GiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.sizing.weights import AWQ, FP8, SIXTEEN_BIT, WeightFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuMeasurement:
    weight_format: WeightFormat
    weights_gib: float
    tokens: int
    gpu_memory_utilization: float = 0.92
    kv_cache_dtype: str = "auto"
    max_model_len: int = 8192
    max_num_seqs: int = 256
    max_num_batched_tokens: int = 8192
    num_capture_sizes: int = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuMeasurement:
    model: str
    kv_cache_gib: int
    max_model_len: int
    tokens: int


def _of_profile(**measured: Any) -> GpuMeasurement:
    return GpuMeasurement(max_model_len=32_768, num_capture_sizes=13, **measured)


H100_GIB = 79.18
ON_H100 = (
    GpuMeasurement(weight_format=SIXTEEN_BIT, weights_gib=7.64, tokens=462_752),
    GpuMeasurement(weight_format=AWQ, weights_gib=2.63, tokens=496_704),
    # From here on docs/measurements/h100/profiles.json: the profile h100-80gb, made after the
    # formula was.
    _of_profile(weight_format=SIXTEEN_BIT, weights_gib=7.64, tokens=463_200),
    _of_profile(weight_format=FP8, weights_gib=4.28, tokens=487_776),
    _of_profile(
        weight_format=SIXTEEN_BIT,
        weights_gib=7.64,
        tokens=277_312,
        gpu_memory_utilization=0.6,
    ),
    _of_profile(weight_format=SIXTEEN_BIT, weights_gib=7.64, tokens=926_416, kv_cache_dtype="fp8"),
)

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
ON_CPU = (
    CpuMeasurement(model=SMOLLM2, kv_cache_gib=1, max_model_len=4096, tokens=46_592),
    CpuMeasurement(model=SMOLLM2, kv_cache_gib=3, max_model_len=8192, tokens=139_776),
    CpuMeasurement(model="Qwen/Qwen3-0.6B", kv_cache_gib=2, max_model_len=5000, tokens=18_250),
)
