"""Every profile: readable by the launcher, a reason beside each flag, and no stale number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.launcher.fitting import shape_of
from backend.launcher.flags import Flag
from backend.launcher.profile import load_profile, names
from backend.sizing.card_table import CARDS
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.profiles import OLDEST_COMPUTE_CAPABILITY, choose_profile
from backend.sizing.recommend import Recommendation, recommend

ROOT = Path(__file__).resolve().parents[3]
GPU_PROFILES = [name for name in names() if name != "cpu"]

# A profile suits the least of the cards that its first line names; smaller ones are fitted.
SMALLER = {
    *("RTX 3080 10GB", "RTX 5070", "RTX 4060", "RTX 4060 Ti 8GB", "RTX 3070"),
    *("RTX 2070", "RTX 4000 Ada"),
}
# These differ in what is not memory: vLLM's default batch is larger on an A800 than on an A100, and
# the RTX 5000 Ada reads a third as fast as the RTX 5090.
OTHERWISE = {"A800 80GB", "A800 PCIe 80GB", "RTX 5000 Ada"}
FITTED_ONLY = SMALLER | OTHERWISE

TIPS = {
    "max-num-seqs",
    "max-num-batched-tokens",
    "max-model-len",
    "model",
    "gpu-memory-utilization",
    "max-num-queued-reqs",
    "dtype",
}
SINCE = {
    "stream-interval",
    "performance-mode",
    "kv-cache-dtype",
    "enable-prompt-tokens-details",
    "enable-per-request-metrics",
    "cudagraph-capture-sizes",
    "shutdown-timeout",
}


def flags_of(profile: str) -> dict[str, Flag]:
    return {flag.key: flag for flag in load_profile(profile).flags}


def value_of(profile: str, flag: str) -> str:
    (value,) = flags_of(profile)[flag].values
    return value


def advice_for(profile: str) -> list[Recommendation]:
    """What the formula recommends for each card of a class, with the profile's checkpoint."""
    shape = shape_of(load_profile(profile).flags)
    assert shape is not None
    cards = [card for card in CARDS if card.name not in FITTED_ONLY]
    return [recommend(shape, card) for card in cards if profile_of(card.name) == profile]


def profile_of(name: str) -> str | None:
    card = next(card for card in CARDS if card.name == name)
    assert card.compute_capability is not None
    if card.compute_capability < OLDEST_COMPUTE_CAPABILITY:
        return None
    return choose_profile([Gpu(name=card.name, total_bytes=card.memory_bytes)]).name


def test_every_card_of_the_table_has_a_profile_and_every_profile_a_card() -> None:
    chosen = {profile_of(card.name) for card in CARDS} - {None}
    assert chosen == set(GPU_PROFILES)


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_a_profile_covers_the_seven_tips_and_what_came_since(profile: str) -> None:
    assert set(flags_of(profile)) - {"quantization"} == TIPS | SINCE


@pytest.mark.parametrize("profile", names())
def test_each_flag_has_its_reason_and_where_that_is_from(profile: str) -> None:
    for flag in load_profile(profile).flags:
        found = re.fullmatch(r"(.{10,}) \((measured|computed): ([^()]{5,})\)", flag.reason)
        assert found is not None, f"{profile}: {flag.name}: {flag.reason}"


@pytest.mark.parametrize("profile", names())
def test_files_of_ours_that_a_reason_names_exist(profile: str) -> None:
    for flag in load_profile(profile).flags:
        for path in re.findall(r"\b(?:backend|docs)/[\w./-]*\w", flag.reason):
            assert (ROOT / path).exists(), f"{profile}: {flag.name} names {path}"


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_a_quantized_checkpoint_is_not_quantized_again(profile: str) -> None:
    checkpoint = KNOWN_MODELS[value_of(profile, "model")].weight_format
    assert checkpoint.bits == 16 or "quantization" not in flags_of(profile)


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_prefix_caching_stays_at_its_default(profile: str) -> None:
    assert "enable-prefix-caching" not in flags_of(profile)


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_numbers_follow_the_formula_for_the_least_card_of_the_class(profile: str) -> None:
    advice = advice_for(profile)
    flags = [found.flags for found in advice]
    values = {
        "max-num-seqs": min(flag.max_num_seqs for flag in flags),
        "max-model-len": min(flag.max_model_len for flag in flags),
        "max-num-batched-tokens": min(flag.max_num_batched_tokens for flag in flags),
        "max-num-queued-reqs": min(found.max_num_queued_reqs for found in advice),
        "stream-interval": min(found.stream_interval for found in advice),
    }
    for flag, value in values.items():
        assert int(value_of(profile, flag)) == value, flag
    share = min(flag.gpu_memory_utilization for flag in flags)
    assert float(value_of(profile, "gpu-memory-utilization")) == share


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_the_cache_that_a_reason_names_is_the_one_computed(profile: str) -> None:
    least = min(found.memory.num_kv_cache_tokens for found in advice_for(profile))
    assert f"{least:,} tokens on" in flags_of(profile)["max-model-len"].reason


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_captured_sizes_end_with_the_full_batch(profile: str) -> None:
    sizes = [int(size) for size in flags_of(profile)["cudagraph-capture-sizes"].values]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == int(value_of(profile, "max-num-seqs"))
    assert len(sizes) <= 13


@pytest.mark.parametrize("profile", GPU_PROFILES)
def test_the_checkpoint_is_one_that_the_cards_compute_in(profile: str) -> None:
    shape = shape_of(load_profile(profile).flags)
    assert shape is not None
    weights = shape.weight_format
    cards = [card for card in CARDS if profile_of(card.name) == profile]
    if weights.name == "fp8":
        assert all(card.has_fp8 for card in cards)
    has_bf16 = all((card.compute_capability or (0, 0)) >= (8, 0) for card in cards)
    assert value_of(profile, "dtype") == ("auto" if has_bf16 else "half")
