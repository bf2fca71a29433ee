"""The floors of speed: no engine is faster than the card reads its weights or multiplies."""

from __future__ import annotations

from backend.sizing.card import Card
from backend.sizing.memory import EngineFlags, kv_bytes_per_token
from backend.sizing.model import ModelShape


def decode_floor_seconds(
    shape: ModelShape, card: Card, flags: EngineFlags, *, num_users: int, context: int
) -> float | None:
    """Seconds that one decode step takes at least, so the least TPOT of each of `num_users`.

    A step reads every weight once and the whole KV cache of every user:
    (weights + users × context × KV bytes) / bandwidth. With experts, one user reads only those it
    uses; for more users all are counted. `None` where the card's bandwidth is unknown.
    """
    if card.bandwidth_gb_per_second is None:
        return None
    weights = read_weights_bytes(shape, all_experts=num_users > 1) / flags.tensor_parallel_size
    cache = num_users * context * kv_bytes_per_token(shape, flags)
    return (weights + cache) / (card.bandwidth_gb_per_second * 1e9)


def prefill_floor_seconds(
    shape: ModelShape, card: Card, flags: EngineFlags, num_tokens: int
) -> float | None:
    """Seconds that a prompt of `num_tokens` takes at least, so the least TTFT without queueing.

    2 operations for each active parameter and token, and 2 × layers × tokens² × query width for
    causal attention, at the card's dense rate (fp8's only where the checkpoint is fp8 and the
    card has such units). `None` where the rate is unknown.
    """
    rate = card.fp8_tflops if shape.weight_format.name == "fp8" else None
    rate = rate or card.bf16_tflops
    if rate is None:
        return None
    linear = 2 * shape.num_active_parameters * num_tokens
    query_width = shape.num_attention_heads * shape.head_dim
    attention = 2 * shape.num_layers * num_tokens**2 * query_width
    return (linear + attention) / (rate * 1e12 * flags.tensor_parallel_size)


def read_weights_bytes(shape: ModelShape, *, all_experts: bool = False) -> float:
    """Bytes of weights that one decode step reads: linear layers and `lm_head`."""
    linear = shape.num_linear_parameters if all_experts else shape.num_active_parameters
    lm_head = shape.vocab_size * shape.hidden_size
    return linear * shape.weight_format.bytes_per_weight + lm_head * 2
