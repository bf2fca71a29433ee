"""The memory formula, against what real engines reported and against its own rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.sizing.errors import DoesNotFitError
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import (
    EngineFlags,
    activation_bytes,
    kv_bytes_per_token,
    longest_model_len,
    plan_cpu_memory,
    plan_memory,
    weights_bytes,
)
from backend.sizing.units import GIB
from backend.sizing.weights import AWQ, FP8
from tests.unit.sizing.measurements import H100_GIB, ON_CPU, ON_H100, CpuMeasurement, GpuMeasurement

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
FLAGS = EngineFlags(
    max_model_len=8192,
    max_num_seqs=256,
    max_num_batched_tokens=8192,
    gpu_memory_utilization=0.92,
    num_capture_sizes=13,
)
H100_BYTES = round(H100_GIB * GIB)


@pytest.mark.parametrize("measured", ON_H100, ids=lambda m: m.weight_format.name)
def test_the_prediction_is_within_5_percent_of_what_vllm_reported_on_an_h100(
    measured: GpuMeasurement,
) -> None:
    flags = EngineFlags(
        max_model_len=measured.max_model_len,
        max_num_seqs=measured.max_num_seqs,
        max_num_batched_tokens=measured.max_num_batched_tokens,
        gpu_memory_utilization=measured.gpu_memory_utilization,
        num_capture_sizes=measured.num_capture_sizes,
        kv_cache_dtype=measured.kv_cache_dtype,
    )
    shape = replace(QWEN3_4B, weight_format=measured.weight_format)
    memory = plan_memory(shape, flags, H100_BYTES)
    assert memory.num_kv_cache_tokens == pytest.approx(measured.tokens, rel=0.05)
    assert memory.weights_bytes / GIB == pytest.approx(measured.weights_gib, rel=0.01)


@pytest.mark.parametrize("measured", ON_CPU, ids=lambda m: f"{m.model}-{m.kv_cache_gib}")
def test_the_prediction_is_exact_on_the_cpu(measured: CpuMeasurement) -> None:
    shape = KNOWN_MODELS[measured.model]
    memory = plan_cpu_memory(shape, measured.kv_cache_gib * GIB, measured.max_model_len)
    assert memory.num_kv_cache_tokens == measured.tokens


def test_a_token_of_qwen3_4b_takes_144_kib_and_half_of_it_in_fp8() -> None:
    assert kv_bytes_per_token(QWEN3_4B, FLAGS) == 144 * 1024
    assert kv_bytes_per_token(QWEN3_4B, replace(FLAGS, kv_cache_dtype="fp8")) == 72 * 1024


def test_an_fp8_cache_holds_twice_the_tokens() -> None:
    plain = plan_memory(QWEN3_4B, FLAGS, H100_BYTES)
    fp8 = plan_memory(QWEN3_4B, replace(FLAGS, kv_cache_dtype="fp8"), H100_BYTES)
    assert fp8.num_kv_cache_tokens == pytest.approx(2 * plain.num_kv_cache_tokens, rel=0.001)


def test_weights_shrink_with_the_format_but_the_embedding_stays_at_16_bit() -> None:
    embedding = QWEN3_4B.num_embedding_parameters * 2
    sizes = [weights_bytes(replace(QWEN3_4B, weight_format=form)) for form in (FP8, AWQ)]
    assert weights_bytes(QWEN3_4B) > sizes[0] > sizes[1] > embedding
    assert sizes[0] / GIB == pytest.approx(4.28, rel=0.01)  # vLLM on the H100, --quantization fp8


def test_the_parts_and_what_is_left_free_add_up_to_the_card() -> None:
    memory = plan_memory(QWEN3_4B, FLAGS, H100_BYTES)
    parts = (
        memory.weights_bytes
        + memory.activation_bytes
        + memory.graph_bytes
        + memory.runtime_bytes
        + memory.kv_cache_bytes
    )
    assert parts == memory.requested_bytes
    assert memory.requested_bytes == pytest.approx(0.92 * H100_BYTES, abs=1)


def test_users_are_counted_in_whole_blocks() -> None:
    memory = replace(
        plan_memory(QWEN3_4B, FLAGS, H100_BYTES), kv_cache_bytes=10 * 16 * 144 * 1024 + 5
    )
    assert memory.num_blocks == 10
    assert memory.longest_context == 160
    assert memory.num_users(16) == 10
    assert memory.num_users(17) == 5


def test_tokens_are_rounded_as_vllm_does_it_when_a_request_ends_inside_a_block() -> None:
    memory = replace(
        plan_memory(QWEN3_4B, FLAGS, H100_BYTES),
        kv_cache_bytes=9 * 16 * 144 * 1024,
        max_model_len=40,
    )
    assert memory.num_kv_cache_tokens == 120  # 9 blocks / 3 for each request × 40 tokens


def test_two_cards_halve_weights_and_cache_but_not_the_table_of_positions() -> None:
    two = replace(FLAGS, tensor_parallel_size=2)
    assert kv_bytes_per_token(QWEN3_4B, two) == 72 * 1024
    one, half = weights_bytes(QWEN3_4B), weights_bytes(QWEN3_4B, 2)
    assert one / 2 < half < one / 2 + 0.1 * GIB


def test_more_cards_than_key_value_heads_hold_copies() -> None:
    sixteen = replace(FLAGS, tensor_parallel_size=16)
    assert kv_bytes_per_token(QWEN3_4B, sixteen) == 144 * 1024 // 8


def test_activations_grow_with_the_step_and_with_the_batch() -> None:
    base = activation_bytes(QWEN3_4B, FLAGS)
    assert activation_bytes(QWEN3_4B, replace(FLAGS, max_num_batched_tokens=16_384)) > base
    assert activation_bytes(QWEN3_4B, replace(FLAGS, max_num_seqs=512)) > base


def test_of_a_mixture_of_experts_only_the_used_ones_count_as_activations() -> None:
    experts = replace(
        QWEN3_4B,
        num_experts=128,
        num_experts_per_token=8,
        moe_intermediate_size=768,
        intermediate_size=768,
    )
    few = activation_bytes(experts, FLAGS)
    more = activation_bytes(replace(experts, num_experts_per_token=16), FLAGS)
    assert few < more < activation_bytes(replace(experts, moe_intermediate_size=6144), FLAGS)


def test_the_longest_context_is_limited_by_the_model_and_by_the_cache() -> None:
    roomy = plan_memory(QWEN3_4B, FLAGS, H100_BYTES)
    assert longest_model_len(roomy, QWEN3_4B) == 262_144
    tight = plan_memory(QWEN3_4B, replace(FLAGS, max_num_batched_tokens=2048), 12 * GIB)
    assert longest_model_len(tight, QWEN3_4B) % 1024 == 0
    assert longest_model_len(tight, QWEN3_4B) <= tight.longest_context


def test_a_model_larger_than_the_card_is_an_error_that_says_what_to_do() -> None:
    memory = plan_memory(QWEN3_4B, FLAGS, 8 * GIB)
    assert memory.num_blocks == 0
    assert memory.num_kv_cache_tokens == 0
    with pytest.raises(DoesNotFitError, match="quantized checkpoint"):
        longest_model_len(memory, QWEN3_4B)
