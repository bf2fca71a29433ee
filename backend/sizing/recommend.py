"""The flags that make sense for a model on a card: what the profiles' `computed` values follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.sizing.card import Card
from backend.sizing.memory import EngineFlags, MemoryPlan, longest_model_len, plan_memory
from backend.sizing.model import ModelShape
from backend.sizing.speed import read_weights_bytes

# Measured on one H100, 256 users: these 13 sizes cost no throughput and half the capture time of
# vLLM's 35. A full batch should be one of them, so `max_num_seqs` always is.
CAPTURE_SIZES = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)

# The workload of the measurements: a question of 1,024 tokens and a reply of 256.
TYPICAL_TOKENS = 1280

_CHAT_CONTEXT = 32_768  # tokens; longer conversations are trimmed by the chat
_FRAME_SECONDS = 0.1  # the page draws about 9 frames a second
_MAX_STREAM_INTERVAL = 8  # measured on one H100 at 256 users: 8,400 → 12,800 tok/s with 8
_DECODE_EFFICIENCY = 0.4  # measured: H100 reaches 52 % of its decode ceiling in bf16, 37 % in fp8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Values for vLLM's flags of the same names, and the memory plan that they lead to."""

    flags: EngineFlags
    memory: MemoryPlan
    cudagraph_capture_sizes: tuple[int, ...]
    max_num_queued_reqs: int
    stream_interval: int


def recommend(
    shape: ModelShape, card: Card, *, kv_cache_dtype: str = "auto", tensor_parallel_size: int = 1
) -> Recommendation:
    """Flags for a model on a card (or on several of one kind with tensor parallelism).

    `max_num_seqs`: the largest captured batch whose users all have `TYPICAL_TOKENS` in the cache.
    `max_model_len`: the longest power of two, at most 32K, of which two requests fit at once.
    `max_num_queued_reqs`: see the function of that name.

    Raises:
        DoesNotFitError: not even 1,024 tokens fit beside the weights.
    """
    flags = EngineFlags(
        max_model_len=min(_CHAT_CONTEXT, shape.max_position_embeddings),
        max_num_seqs=1,
        max_num_batched_tokens=default_max_num_batched_tokens(card),
        gpu_memory_utilization=memory_share(card.memory_gib),
        num_capture_sizes=1,
        kv_cache_dtype=kv_cache_dtype,
        tensor_parallel_size=tensor_parallel_size,
    )
    flags = with_max_num_seqs(flags, fitting_max_num_seqs(shape, flags, card.memory_bytes))
    memory = plan_memory(shape, flags, card.memory_bytes)
    flags = replace(flags, max_model_len=_model_len(memory, shape, flags.max_model_len))
    return Recommendation(
        flags=flags,
        memory=plan_memory(shape, flags, card.memory_bytes),
        cudagraph_capture_sizes=capture_sizes(flags.max_num_seqs),
        max_num_queued_reqs=max_num_queued_reqs(flags.max_num_seqs),
        stream_interval=stream_interval(shape, card),
    )


def fitting_max_num_seqs(shape: ModelShape, flags: EngineFlags, total_bytes: int) -> int:
    """The largest captured batch whose users all have `TYPICAL_TOKENS` in the KV cache."""
    for size in reversed(CAPTURE_SIZES):
        memory = plan_memory(shape, with_max_num_seqs(flags, size), total_bytes)
        if memory.num_users(min(TYPICAL_TOKENS, flags.max_model_len)) >= size:
            return size
    return 1


def with_max_num_seqs(flags: EngineFlags, max_num_seqs: int) -> EngineFlags:
    """The same flags for another batch, which also decides what is captured."""
    num_sizes = len(capture_sizes(max_num_seqs))
    return replace(flags, max_num_seqs=max_num_seqs, num_capture_sizes=num_sizes)


def capture_sizes(max_num_seqs: int) -> tuple[int, ...]:
    """The CUDA graph sizes to capture for batches up to `max_num_seqs`, the full one among them."""
    return *(size for size in CAPTURE_SIZES if size < max_num_seqs), max_num_seqs


def max_num_queued_reqs(max_num_seqs: int, data_parallel_size: int = 1) -> int:
    """A full batch of each engine and three more that wait for it: vLLM counts all together."""
    return 4 * max_num_seqs * data_parallel_size


def memory_share(memory_gib: float) -> float:
    """`gpu-memory-utilization`: vLLM's own 0.92, and 0.90 where the card may drive a screen."""
    return 0.92 if memory_gib >= 36 else 0.90


def default_max_num_batched_tokens(card: Card) -> int:
    """The default of vLLM's API server, which it does not tell before it has started.

    vllm/engine/arg_utils.py 0.32.0, `get_batch_defaults`: 8,192 from 70 GiB on, except A100.
    """
    if card.memory_gib >= 160:
        return 16_384
    return 8192 if card.memory_gib >= 70 and "a100" not in card.name.lower() else 2048


def stream_interval(shape: ModelShape, card: Card) -> int:
    """Tokens in one streamed chunk: as many as a single stream makes while the page draws a frame.

    bandwidth / bytes read for a token × 0.4 × 0.1 s, rounded down to a power of two, 1 to 8.
    """
    if card.bandwidth_gb_per_second is None:
        return 1
    tokens_per_second = card.bandwidth_gb_per_second * 1e9 / read_weights_bytes(shape)
    tokens_per_frame = int(tokens_per_second * _DECODE_EFFICIENCY * _FRAME_SECONDS)
    return min(_MAX_STREAM_INTERVAL, _power_of_two_below(max(1, tokens_per_frame)))


def _model_len(memory: MemoryPlan, shape: ModelShape, wish: int) -> int:
    length = _power_of_two_below(wish)
    while length >= 1024:
        if memory.num_users(length) >= 2:
            return length
        length //= 2
    return longest_model_len(memory, shape)


def _power_of_two_below(value: int) -> int:
    return 1 << value.bit_length() - 1
