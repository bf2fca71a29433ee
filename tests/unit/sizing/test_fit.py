from __future__ import annotations

from dataclasses import replace

import pytest

from backend.sizing.errors import DoesNotFitError
from backend.sizing.fit import fit_flags
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags, plan_memory
from backend.sizing.units import GIB

QWEN3_4B = KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]
H100_BYTES = round(79.18 * GIB)
WISH = EngineFlags(
    max_model_len=32_768,
    max_num_seqs=256,
    max_num_batched_tokens=8192,
    gpu_memory_utilization=0.92,
    num_capture_sizes=13,
)


def card(total_bytes: int = H100_BYTES, free_bytes: int | None = None) -> Gpu:
    return Gpu(name="card", total_bytes=total_bytes, free_bytes=free_bytes)


def test_a_free_card_of_the_class_changes_nothing() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, [card(free_bytes=H100_BYTES - GIB // 2)])
    assert fitted.flags == WISH
    assert fitted.changes == ()


def test_memory_that_somebody_else_holds_lowers_only_the_share() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, [card(free_bytes=70 * GIB)])
    assert [change.flag for change in fitted.changes] == ["gpu-memory-utilization"]
    change = fitted.changes[0]
    assert (change.before, change.after) == (0.92, 0.88)
    assert "9.2 GiB of 79.2 GiB are taken" in change.reason
    assert fitted.flags.gpu_memory_utilization * H100_BYTES < 70 * GIB


def test_the_share_goes_first_and_the_length_last() -> None:
    fitted = fit_flags(QWEN3_4B, WISH, [card(free_bytes=13 * GIB)])
    flags = [change.flag for change in fitted.changes]
    assert flags == ["gpu-memory-utilization", "max-num-seqs", "max-model-len"]
    memory = plan_memory(QWEN3_4B, fitted.flags, H100_BYTES)
    assert memory.longest_context >= fitted.flags.max_model_len
    assert f"{memory.longest_context:,} tokens" in fitted.changes[-1].reason


def test_flags_are_never_raised() -> None:
    modest = replace(WISH, max_num_seqs=8, max_model_len=4096, num_capture_sizes=4)
    assert fit_flags(QWEN3_4B, modest, [card()]).flags == modest


def test_a_short_model_lowers_the_length_to_its_own_limit() -> None:
    smollm2 = KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"]
    fitted = fit_flags(smollm2, WISH, [card()])
    assert fitted.flags.max_model_len == 8192
    assert fitted.changes[0].reason == "the model takes no more than 8,192 tokens"


@pytest.mark.parametrize("free_gib", [0, 0.1, 6])
def test_too_little_memory_is_an_error(free_gib: float) -> None:
    with pytest.raises(DoesNotFitError):
        fit_flags(QWEN3_4B, WISH, [card(free_bytes=round(free_gib * GIB))])


def test_the_fullest_card_decides_the_share_and_the_smallest_the_rest() -> None:
    small, busy = card(40 * GIB, 39 * GIB), card(80 * GIB, 50 * GIB)
    fitted = fit_flags(QWEN3_4B, WISH, [small, busy])
    assert fitted.flags.gpu_memory_utilization == 0.62
    assert "30.0 GiB of 80.0 GiB are taken" in fitted.changes[0].reason
    alone = fit_flags(QWEN3_4B, replace(WISH, gpu_memory_utilization=0.62), [small])
    assert fitted.flags == alone.flags


def test_a_wish_beyond_the_usual_batches_stays_where_it_fits() -> None:
    wish = replace(WISH, max_num_seqs=512, num_capture_sizes=14)
    assert fit_flags(QWEN3_4B, wish, [card(round(139.8 * GIB))]).flags == wish
    assert fit_flags(QWEN3_4B, wish, [card(40 * GIB)]).flags.max_num_seqs < 256
