from __future__ import annotations

from dataclasses import replace

import pytest

from backend.sizing.card import Card
from backend.sizing.cards import card_for, find_card
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags
from backend.sizing.speed import decode_floor_seconds, prefill_floor_seconds, read_weights_bytes
from backend.sizing.weights import FP8

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
FLAGS = EngineFlags(
    max_model_len=8192,
    max_num_seqs=256,
    max_num_batched_tokens=8192,
    gpu_memory_utilization=0.92,
    num_capture_sizes=13,
)


def h100() -> Card:
    card = find_card("H100")
    assert card is not None
    return card


def test_no_measured_stream_beats_the_decode_floor() -> None:
    floor = decode_floor_seconds(QWEN3_4B, h100(), FLAGS, num_users=1, context=1280)
    assert floor is not None
    assert 217 < 1 / floor < 2.5 * 217  # measured: 217 tok/s in bf16


def test_many_people_read_the_weights_once_and_each_their_own_cache() -> None:
    one = decode_floor_seconds(QWEN3_4B, h100(), FLAGS, num_users=1, context=0)
    many = decode_floor_seconds(QWEN3_4B, h100(), FLAGS, num_users=64, context=1024)
    assert one is not None
    assert many is not None
    cache = 64 * 1024 * 144 * 1024 / 3350e9
    assert many == pytest.approx(one + cache)


def test_two_cards_halve_the_floors() -> None:
    two = replace(FLAGS, tensor_parallel_size=2)
    pairs = [
        (
            decode_floor_seconds(QWEN3_4B, h100(), flags, num_users=1, context=0),
            prefill_floor_seconds(QWEN3_4B, h100(), flags, 1024),
        )
        for flags in (FLAGS, two)
    ]
    (decode, prefill), (half_decode, half_prefill) = pairs
    assert decode is not None
    assert prefill is not None
    assert half_decode == pytest.approx(decode / 2)
    assert half_prefill == pytest.approx(prefill / 2)


def test_prefill_is_two_operations_a_parameter_and_token_and_attention_on_top() -> None:
    floor = prefill_floor_seconds(QWEN3_4B, h100(), FLAGS, 1000)
    linear = 2 * QWEN3_4B.num_linear_parameters * 1000 / 989e12
    assert floor is not None
    assert linear < floor < 1.1 * linear


def test_an_fp8_checkpoint_multiplies_at_the_fp8_rate_where_the_card_has_one() -> None:
    fp8 = replace(QWEN3_4B, weight_format=FP8)
    plain = prefill_floor_seconds(QWEN3_4B, h100(), FLAGS, 1000)
    faster = prefill_floor_seconds(fp8, h100(), FLAGS, 1000)
    assert plain is not None
    assert faster == pytest.approx(plain / 2, rel=0.01)
    a100 = find_card("A100")
    assert a100 is not None
    same = prefill_floor_seconds(QWEN3_4B, a100, FLAGS, 1000)
    assert prefill_floor_seconds(fp8, a100, FLAGS, 1000) == same


def test_an_unknown_card_has_no_floors() -> None:
    card = card_for("Something", 24, (8, 9))
    assert decode_floor_seconds(QWEN3_4B, card, FLAGS, num_users=1, context=1) is None
    assert prefill_floor_seconds(QWEN3_4B, card, FLAGS, 1) is None


def test_alone_one_reads_only_the_experts_that_one_uses() -> None:
    experts = replace(QWEN3_4B, num_experts=128, num_experts_per_token=8, moe_intermediate_size=768)
    assert read_weights_bytes(experts) < read_weights_bytes(experts, all_experts=True)
