from __future__ import annotations

import pytest

from backend.sizing.card_table import CARDS
from backend.sizing.errors import UnsupportedCardError
from backend.sizing.gpu import Gpu
from backend.sizing.profiles import choose_profile
from backend.sizing.units import GIB


def gpu(name: str, gib: float, capability: tuple[int, int] | None = None) -> Gpu:
    return Gpu(name=name, total_bytes=round(gib * GIB), compute_capability=capability)


@pytest.mark.parametrize(
    ("card", "profile"),
    [
        ("B200", "h200-141gb"),
        ("H200", "h200-141gb"),
        ("H100 80GB", "h100-80gb"),
        ("H100 NVL", "h100-80gb"),
        ("RTX PRO 6000", "h100-80gb"),
        ("A100 80GB", "a100-80gb"),
        ("A100 40GB", "a100-40gb"),
        ("L40S", "ada-48gb"),
        ("RTX 6000 Ada", "ada-48gb"),
        ("A40", "ampere-48gb"),
        ("RTX A6000", "ampere-48gb"),
        ("RTX 5090", "blackwell-32gb"),
        ("RTX 4090", "ada-24gb"),
        ("L4", "ada-24gb"),
        ("RTX 3090", "ampere-24gb"),
        ("A10", "ampere-24gb"),
        ("RTX 5080", "consumer-12-16gb"),
        ("RTX 4060 Ti 16GB", "consumer-12-16gb"),
        ("RTX 3060 12GB", "consumer-12-16gb"),
        ("T4", "turing"),
        ("Quadro RTX 8000", "turing"),
    ],
)
def test_each_card_has_the_profile_of_its_class(card: str, profile: str) -> None:
    row = next(row for row in CARDS if row.name == card)
    choice = choose_profile([gpu(row.name, row.memory_gib)])
    assert choice.name == profile
    assert row.name in choice.reason


def test_no_card_means_the_cpu() -> None:
    assert choose_profile([]).name == "cpu"


def test_an_unknown_card_is_chosen_by_memory_and_capability_and_the_reason_says_so() -> None:
    choice = choose_profile([gpu("NVIDIA Something 9000", 48, (12, 0))])
    assert choice.name == "ada-48gb"
    assert "not in the card table" in choice.reason
    assert "compute capability 12.0" in choice.reason


def test_of_several_cards_the_smallest_decides() -> None:
    choice = choose_profile(
        [gpu("NVIDIA GeForce RTX 4090", 23.5), gpu("NVIDIA GeForce RTX 3060", 11.6)]
    )
    assert choice.name == "consumer-12-16gb"
    assert "smallest of 2 cards" in choice.reason


def test_a_slice_of_a_card_is_sized_by_its_own_memory() -> None:
    choice = choose_profile([gpu("NVIDIA A100-SXM4-80GB MIG 3g.40gb", 39.5, (8, 0))])
    assert choice.name == "a100-40gb"


@pytest.mark.parametrize(
    "card", [gpu("Tesla V100-SXM2-32GB", 31.7), gpu("NVIDIA Pascal Something", 15.9, (6, 1))]
)
def test_cards_before_turing_are_refused_by_name(card: Gpu) -> None:
    with pytest.raises(UnsupportedCardError, match=r"(V100|Pascal).*needs 7\.5"):
        choose_profile([card])


def test_a_card_that_tells_nothing_asks_for_a_profile() -> None:
    with pytest.raises(UnsupportedCardError, match="name a profile yourself"):
        choose_profile([gpu("NVIDIA Something 9000", 48)])
