"""Several cards share the work as far as each has room for it."""

from __future__ import annotations

from dataclasses import replace

from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags
from backend.sizing.parallelism import choose_parallelism
from backend.sizing.units import GIB
from backend.sizing.weights import GPTQ

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
QWEN3_8B = KNOWN_MODELS["Qwen/Qwen3-8B"]
WISH = EngineFlags(
    max_model_len=32_768,
    max_num_seqs=256,
    max_num_batched_tokens=8192,
    gpu_memory_utilization=0.92,
    num_capture_sizes=13,
)


def card(gib: float, free_gib: float | None = None) -> Gpu:
    free_bytes = None if free_gib is None else round(free_gib * GIB)
    return Gpu(name="card", total_bytes=round(gib * GIB), free_bytes=free_bytes)


def cards(count: int, gib: float) -> list[Gpu]:
    return [card(gib) for _ in range(count)]


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


def test_a_card_too_small_for_the_model_is_left_out() -> None:
    large, small = *cards(1, 79.18), *cards(1, 15.5)
    found = choose_parallelism([small, large], QWEN3_8B, WISH)
    assert (found.gpus, found.tensor_parallel_size) == ((large,), 1)


def test_a_card_that_others_have_filled_is_left_out() -> None:
    free, full = card(23.5, 23), card(23.5, 1.8)
    found = choose_parallelism([full, free], QWEN3_4B, WISH)
    assert (found.gpus, found.data_parallel_size) == ((free,), 1)


def test_a_card_that_would_press_the_others_down_to_its_share_is_left_out() -> None:
    busy, free = card(23.56, 6.5), card(11.63, 11.5)
    found = choose_parallelism([busy, free], replace(QWEN3_4B, weight_format=GPTQ), WISH)
    assert found.gpus == (free,)


def test_a_screen_on_one_card_takes_none_away() -> None:
    found = choose_parallelism([card(79.18, 77), card(79.18, 78.5)], QWEN3_8B, WISH)
    assert (found.tensor_parallel_size, found.data_parallel_size) == (1, 2)


def test_a_card_without_a_partner_is_left_out() -> None:
    found = choose_parallelism(cards(3, 15.5), QWEN3_8B, WISH)
    assert (len(found.gpus), found.tensor_parallel_size, found.data_parallel_size) == (2, 2, 1)


def test_where_none_has_room_all_are_kept() -> None:
    found = choose_parallelism([card(23.5, 0.5), card(23.5, 0.2)], QWEN3_4B, WISH)
    assert len(found.gpus) == 2


def test_heads_are_shared_evenly() -> None:
    nine_heads = KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"]
    found = choose_parallelism(cards(2, 1), nine_heads, WISH)
    assert found.tensor_parallel_size == 1


def test_a_wish_that_nothing_holds_takes_all_cards() -> None:
    small = replace(QWEN3_8B, weight_format=GPTQ)
    assert choose_parallelism(cards(2, 6), small, WISH).tensor_parallel_size == 2
