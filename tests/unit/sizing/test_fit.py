from __future__ import annotations

from dataclasses import replace

import pytest

from backend.sizing.errors import DoesNotFitError
from backend.sizing.fit import choose_parallelism, fit_flags
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags, plan_memory
from backend.sizing.units import GIB
from backend.sizing.weights import GPTQ

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
QWEN3_8B = KNOWN_MODELS["Qwen/Qwen3-8B"]
H100_BYTES = round(79.18 * GIB)
WISH = EngineFlags(
    max_model_len=32_768,
    max_num_seqs=256,
    max_num_batched_tokens=8192,
    gpu_memory_utilization=0.92,
    num_capture_sizes=13,
)


def test_a_free_card_of_the_class_changes_nothing() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, total_bytes=H100_BYTES, free_bytes=H100_BYTES - GIB // 2)
    assert fitted.flags == WISH
    assert fitted.changes == ()


def test_memory_that_somebody_else_holds_lowers_only_the_share() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, total_bytes=H100_BYTES, free_bytes=70 * GIB)
    assert [change.flag for change in fitted.changes] == ["gpu-memory-utilization"]
    change = fitted.changes[0]
    assert (change.before, change.after) == (0.92, 0.88)
    assert "9.2 GiB of 79.2 GiB are taken" in change.reason
    assert fitted.flags.gpu_memory_utilization * H100_BYTES < 70 * GIB


def test_the_share_goes_first_and_the_length_last() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, total_bytes=H100_BYTES, free_bytes=13 * GIB)
    flags = [change.flag for change in fitted.changes]
    assert flags == ["gpu-memory-utilization", "max-num-seqs", "max-model-len"]
    memory = plan_memory(QWEN3_4B, fitted.flags, H100_BYTES)
    assert memory.longest_context >= fitted.flags.max_model_len
    assert f"{memory.longest_context:,} tokens" in fitted.changes[-1].reason


def test_flags_are_never_raised() -> None:
    modest = replace(WISH, max_num_seqs=8, max_model_len=4096, num_capture_sizes=4)
    assert fit_flags(QWEN3_4B, modest, total_bytes=H100_BYTES).flags == modest


def test_a_short_model_lowers_the_length_to_its_own_limit() -> None:
    smollm2 = KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"]
    fitted = fit_flags(smollm2, WISH, total_bytes=H100_BYTES)
    assert fitted.flags.max_model_len == 8192
    assert fitted.changes[0].reason == "the model takes no more than 8,192 tokens"


@pytest.mark.parametrize("free_gib", [0, 0.1, 6])
def test_too_little_memory_is_an_error(free_gib: float) -> None:
    with pytest.raises(DoesNotFitError):
        fit_flags(QWEN3_4B, WISH, total_bytes=H100_BYTES, free_bytes=round(free_gib * GIB))


def cards(count: int, gib: float) -> list[Gpu]:
    return [Gpu(name="card", total_bytes=round(gib * GIB)) for _ in range(count)]


def test_one_card_serves_alone() -> None:
    found = choose_parallelism(cards(1, 23.5), QWEN3_4B, WISH)
    assert (found.tensor_parallel_size, found.data_parallel_size) == (1, 1)


def test_several_cards_that_each_hold_the_model_get_a_copy_each() -> None:
    found = choose_parallelism(cards(4, 79.18), QWEN3_4B, WISH)
    assert (found.tensor_parallel_size, found.data_parallel_size) == (1, 4)
    assert "fits on each card" in found.reason


def test_cards_that_are_too_small_hold_the_model_together() -> None:
    found = choose_parallelism(cards(2, 15.5), QWEN3_8B, WISH)
    assert (found.tensor_parallel_size, found.data_parallel_size) == (2, 1)
    assert "too small" in found.reason


def test_groups_of_cards_are_copied_where_there_are_more() -> None:
    found = choose_parallelism(cards(4, 15.5), QWEN3_8B, WISH)
    assert (found.tensor_parallel_size, found.data_parallel_size) == (2, 2)


def test_the_smallest_card_decides() -> None:
    mixed = [*cards(1, 79.18), *cards(1, 15.5)]
    assert choose_parallelism(mixed, QWEN3_8B, WISH).tensor_parallel_size == 2


def test_heads_are_shared_evenly() -> None:
    nine_heads = KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"]
    found = choose_parallelism(cards(2, 1), nine_heads, WISH)
    assert found.tensor_parallel_size == 1


def test_a_wish_that_nothing_holds_takes_all_cards() -> None:
    small = replace(QWEN3_8B, weight_format=GPTQ)
    assert choose_parallelism(cards(2, 6), small, WISH).tensor_parallel_size == 2
