"""The memory formula: from a model, a card and vLLM's flags to the KV cache in tokens.

vLLM 0.32.0 takes `gpu_memory_utilization` of the *whole* card, loads the weights, runs the largest
step that the flags allow, captures CUDA graphs for measure, and makes KV cache of what is left
(`vllm/v1/worker/gpu_worker.py`, `determine_available_memory`). The formula follows the same order:

    KV cache = share × total − weights − activations − CUDA graphs − runtime

Terms that follow from shapes are derived from vLLM's source. The constants are what is left over in
measurements on one H100 80GB HBM3 (Qwen3-4B's shape, bf16, `--max-model-len 8192 --max-num-seqs
256`, share 0.92): weights 7.64 GiB as vLLM reports them, KV cache 462,752 tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from backend.sizing.errors import DoesNotFitError
from backend.sizing.model import ModelShape
from backend.sizing.units import GIB, divide_up, in_gib, round_down

GPU_BLOCK_SIZE = 16  # tokens; vLLM's default, vllm/config/cache.py
CPU_BLOCK_SIZE = 128  # tokens; vllm/platforms/cpu.py

# Measured, see above: 7.64 GiB, of which 7.49 are parameters and 0.06 the table of positions.
_MODEL_BUFFERS_BYTES = round(0.09 * GIB)
# Measured: fp8 and 4-bit checkpoints need the same buffers (4.28 and 2.63 GiB reported).
# 4 bit: repacking for Marlin leaves holes; H100, 496,704 tokens beside 462,752 of bf16.
_REPACKING_BYTES = round(0.35 * GIB)
# Measured: what bf16 leaves unexplained above, split between both by the usual size of a context.
_RUNTIME_BYTES = round(0.60 * GIB)  # kernels, cuBLAS and attention workspaces
_GRAPH_BYTES_PER_LAYER = round(0.30 * 2**20)  # for each captured size: a full and a piecewise graph


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFlags:
    """The flags of vLLM that decide memory, by their own names."""

    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    gpu_memory_utilization: float
    num_capture_sizes: int
    kv_cache_dtype: str = "auto"
    tensor_parallel_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """Where the memory of one card goes; all sizes in bytes.

    `kv_cache_bytes` is negative where the rest is more than the share allows.
    """

    total_bytes: int
    requested_bytes: int
    weights_bytes: int
    activation_bytes: int
    graph_bytes: int
    runtime_bytes: int
    kv_cache_bytes: int
    bytes_per_token: int
    block_size: int
    max_model_len: int

    @property
    def num_blocks(self) -> int:
        """Whole blocks of the KV cache; 0 where there is no room."""
        return max(0, self.kv_cache_bytes // (self.bytes_per_token * self.block_size))

    @property
    def num_kv_cache_tokens(self) -> int:
        """The KV cache in tokens, as vLLM's log line `GPU KV cache size` counts them.

        vLLM multiplies `max_model_len` by the number of requests of that length that fit, in whole
        blocks each (`vllm/v1/core/kv_cache_utils.py`, `get_kv_cache_capacity`).
        """
        blocks_per_request = divide_up(self.max_model_len, self.block_size)
        return int(self.num_blocks / blocks_per_request * self.max_model_len)

    @property
    def longest_context(self) -> int:
        """Tokens of the longest single request that the cache holds."""
        return self.num_blocks * self.block_size

    def num_users(self, context: int) -> int:
        """Requests of `context` tokens that the cache holds at once."""
        return self.num_blocks // divide_up(context, self.block_size)


def plan_memory(shape: ModelShape, flags: EngineFlags, total_bytes: int) -> MemoryPlan:
    """Where the memory of each card goes.

    Args:
        shape: the model.
        flags: vLLM's flags; with `tensor_parallel_size` above 1 each card holds its part.
        total_bytes: the card's memory as CUDA reports it (`cudaMemGetInfo`).
    """
    requested = math.ceil(total_bytes * flags.gpu_memory_utilization)
    weights = weights_bytes(shape, flags.tensor_parallel_size)
    activations = activation_bytes(shape, flags)
    graphs = shape.num_layers * flags.num_capture_sizes * _GRAPH_BYTES_PER_LAYER
    runtime = _RUNTIME_BYTES + (_REPACKING_BYTES if shape.weight_format.is_4_bit else 0)
    return MemoryPlan(
        total_bytes=total_bytes,
        requested_bytes=requested,
        weights_bytes=weights,
        activation_bytes=activations,
        graph_bytes=graphs,
        runtime_bytes=runtime,
        kv_cache_bytes=requested - weights - activations - graphs - runtime,
        bytes_per_token=kv_bytes_per_token(shape, flags),
        block_size=GPU_BLOCK_SIZE,
        max_model_len=flags.max_model_len,
    )


def plan_cpu_memory(shape: ModelShape, kv_cache_bytes: int, max_model_len: int) -> MemoryPlan:
    """The same for the CPU engine, where `VLLM_CPU_KVCACHE_SPACE` gives the cache's bytes."""
    weights = weights_bytes(shape)
    return MemoryPlan(
        total_bytes=weights + kv_cache_bytes,
        requested_bytes=weights + kv_cache_bytes,
        weights_bytes=weights,
        activation_bytes=0,
        graph_bytes=0,
        runtime_bytes=0,
        kv_cache_bytes=kv_cache_bytes,
        bytes_per_token=_kv_bytes(shape, num_heads=shape.num_key_value_heads, bytes_per_value=2),
        block_size=CPU_BLOCK_SIZE,
        max_model_len=max_model_len,
    )


def weights_bytes(shape: ModelShape, tensor_parallel_size: int = 1) -> int:
    """Bytes of the weights on each card, as vLLM's line `Model loading took` reports them.

    Linear layers in their own format, embeddings and `lm_head` at 16 bit, the table of rotary
    positions (`max_position_embeddings` × `head_dim`, 16 bit, whatever `max_model_len` is).
    """
    linear = shape.num_linear_parameters * shape.weight_format.bytes_per_weight
    embedding = shape.num_embedding_parameters * 2
    positions = shape.max_position_embeddings * shape.head_dim * 2
    return round((linear + embedding) / tensor_parallel_size) + positions + _MODEL_BUFFERS_BYTES


def kv_bytes_per_token(shape: ModelShape, flags: EngineFlags) -> int:
    """Bytes that one token of context takes on each card: keys and values of every layer."""
    return _kv_bytes(
        shape,
        num_heads=shape.key_value_heads_per_card(flags.tensor_parallel_size),
        bytes_per_value=1 if flags.kv_cache_dtype.startswith("fp8") else 2,
    )


def activation_bytes(shape: ModelShape, flags: EngineFlags) -> int:
    """Bytes of the largest step: its activations, its logits, and the sampler's lasting state.

    A prefill step of `max_num_batched_tokens` holds the MLP's three intermediate tensors and two
    hidden states at once, at 16 bit. Logits come after them, so only the larger of both counts.
    The sampler counts every output token of every request in int32 and marks prompt tokens in one
    bit (`vllm/v1/worker/gpu/sample/penalties.py`): `max_num_seqs` × `vocab_size` × 4.125 bytes.
    """
    intermediate = shape.intermediate_size
    if shape.num_experts:
        used = shape.num_experts_per_token * shape.moe_intermediate_size
        intermediate = max(intermediate, used + shape.shared_intermediate_size)
    width = 3 * intermediate // flags.tensor_parallel_size + 2 * shape.hidden_size
    prefill = flags.max_num_batched_tokens * width * 2
    logits = flags.max_num_seqs * shape.vocab_size * 2
    sampler = flags.max_num_seqs * shape.vocab_size * 33 // 8
    return max(prefill, logits) + sampler


def longest_model_len(plan: MemoryPlan, shape: ModelShape) -> int:
    """The longest `max_model_len` that the cache and the model allow, in whole 1,024 tokens.

    Raises:
        DoesNotFitError: less than 1,024 tokens fit.
    """
    longest = round_down(min(plan.longest_context, shape.max_position_embeddings), 1024)
    if longest < 1024:
        needed = plan.weights_bytes + plan.activation_bytes + plan.graph_bytes + plan.runtime_bytes
        raise DoesNotFitError(
            f"The model needs {in_gib(needed)} before any KV cache, and {in_gib(plan.total_bytes)} "
            f"of memory with this share give it {in_gib(plan.requested_bytes)}: take a quantized "
            "checkpoint, a smaller model or a larger card."
        )
    return longest


def _kv_bytes(shape: ModelShape, *, num_heads: int, bytes_per_value: int) -> int:
    return 2 * shape.num_layers * num_heads * shape.head_dim * bytes_per_value
