from __future__ import annotations

from dataclasses import replace

import pytest

from backend.sizing.card import Card
from backend.sizing.cards import card_for, find_card
from backend.sizing.errors import DoesNotFitError
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.recommend import (
    CAPTURE_SIZES,
    TYPICAL_TOKENS,
    capture_sizes,
    default_max_num_batched_tokens,
    memory_share,
    recommend,
    stream_interval,
)
from backend.sizing.weights import GPTQ

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
FOUR_BIT = replace(QWEN3_4B, weight_format=GPTQ)


def card(name: str) -> Card:
    found = find_card(name)
    assert found is not None
    return found


def test_an_h100_gets_the_batch_that_was_measured() -> None:
    advice = recommend(QWEN3_4B, card("H100"))
    assert advice.flags.max_num_seqs == 256
    assert advice.flags.max_model_len == 32_768
    assert advice.cudagraph_capture_sizes == CAPTURE_SIZES
    assert advice.stream_interval == 8
    assert advice.max_num_queued_reqs == 1024


@pytest.mark.parametrize("name", ["H100", "L4", "RTX 3060", "T4"])
def test_everybody_in_a_full_batch_has_a_typical_conversation_in_the_cache(name: str) -> None:
    advice = recommend(FOUR_BIT, card(name))
    assert advice.memory.num_users(TYPICAL_TOKENS) >= advice.flags.max_num_seqs
    assert advice.memory.num_users(advice.flags.max_model_len) >= 2
    assert advice.flags.max_num_seqs == advice.cudagraph_capture_sizes[-1]


def test_a_small_card_gets_a_shorter_context() -> None:
    assert recommend(FOUR_BIT, card("RTX 3060")).flags.max_model_len == 16_384


def test_a_context_is_never_longer_than_the_model_takes() -> None:
    smollm2 = KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"]
    assert recommend(smollm2, card("H100")).flags.max_model_len == 8192


def test_where_not_even_two_short_ones_fit_one_long_one_is_served() -> None:
    tight = card_for("tight", 9.55, (8, 6))
    advice = recommend(QWEN3_4B, tight)
    assert advice.memory.longest_context >= advice.flags.max_model_len
    assert advice.flags.max_num_seqs == 1
    assert advice.flags.max_model_len == 1024


def test_a_model_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DoesNotFitError):
        recommend(KNOWN_MODELS["Qwen/Qwen3-8B"], card("RTX 3060"))


def test_batched_tokens_are_vllms_own_defaults() -> None:
    defaults = {
        name: default_max_num_batched_tokens(card(name))
        for name in ("B200", "H100", "A100 80GB", "L40S")
    }
    assert defaults == {"B200": 16_384, "H100": 8192, "A100 80GB": 2048, "L40S": 2048}


def test_cards_that_may_drive_a_screen_leave_a_tenth_free() -> None:
    assert memory_share(79.2) == 0.92
    assert memory_share(23.5) == 0.90


def test_a_slow_card_streams_smaller_chunks_so_that_text_keeps_flowing() -> None:
    intervals = [stream_interval(QWEN3_4B, card(name)) for name in ("L4", "A40", "RTX 3090")]
    assert intervals == [1, 2, 4]
    assert stream_interval(QWEN3_4B, card_for("unknown", 24, (8, 9))) == 1


def test_capture_sizes_end_with_the_full_batch() -> None:
    assert capture_sizes(64) == (1, 2, 4, 8, 16, 24, 32, 48, 64)
    assert capture_sizes(20) == (1, 2, 4, 8, 16, 20)
    assert capture_sizes(512) == (*CAPTURE_SIZES, 512)
