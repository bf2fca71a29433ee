from __future__ import annotations

import pytest

from backend.sizing.card_table import CARDS
from backend.sizing.cards import card_for, find_card
from backend.sizing.errors import UnknownCardError
from backend.sizing.gpu import Gpu
from backend.sizing.units import GIB


@pytest.mark.parametrize(
    ("driver_name", "memory_gib", "card"),
    [
        ("NVIDIA H100 80GB HBM3", 79.18, "H100 80GB"),
        ("NVIDIA H100 PCIe", 79.18, "H100 PCIe 80GB"),
        ("NVIDIA H100 NVL", 93.1, "H100 NVL"),
        ("NVIDIA GH200 480GB", 94.5, "GH200"),
        ("NVIDIA H200", 139.8, "H200"),
        ("NVIDIA B200", 178.4, "B200"),
        ("NVIDIA A100-SXM4-80GB", 79.25, "A100 80GB"),
        ("NVIDIA A100 80GB PCIe", 79.15, "A100 PCIe 80GB"),
        ("NVIDIA A100-PCIE-40GB", 39.5, "A100 40GB"),
        ("NVIDIA L40S", 44.4, "L40S"),
        ("NVIDIA L4", 22.03, "L4"),
        ("NVIDIA A10G", 22.06, "A10G"),
        ("NVIDIA RTX 6000 Ada Generation", 47.4, "RTX 6000 Ada"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 94.97, "RTX PRO 6000 Server"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 94.97, "RTX PRO 6000"),
        ("NVIDIA GeForce RTX 4090", 23.6, "RTX 4090"),
        ("NVIDIA GeForce RTX 4090 D", 23.5, "RTX 4090 D"),
        ("NVIDIA GeForce RTX 4060 Ti", 15.6, "RTX 4060 Ti 16GB"),
        ("NVIDIA GeForce RTX 4060 Ti", 7.6, "RTX 4060 Ti 8GB"),
        ("NVIDIA GeForce RTX 4060", 7.6, "RTX 4060"),
        ("NVIDIA GeForce RTX 3070", 7.8, "RTX 3070"),
        ("NVIDIA GeForce RTX 2070", 7.8, "RTX 2070"),
        ("NVIDIA RTX 5000 Ada Generation", 31.5, "RTX 5000 Ada"),
        ("NVIDIA RTX 4000 Ada Generation", 19.5, "RTX 4000 Ada"),
        ("NVIDIA A800-SXM4-80GB", 79.3, "A800 80GB"),
        ("NVIDIA A800 80GB PCIe", 79.3, "A800 PCIe 80GB"),
        ("NVIDIA H800", 79.1, "H800 80GB"),
        ("NVIDIA H800 PCIe", 79.1, "H800 PCIe 80GB"),
        ("NVIDIA H20", 95.1, "H20"),
        ("NVIDIA L20", 44.5, "L20"),
        ("NVIDIA GeForce RTX 3080", 9.66, "RTX 3080 10GB"),
        ("NVIDIA GeForce RTX 3080", 11.63, "RTX 3080 12GB"),
        ("Tesla T4", 14.56, "T4"),
        ("Tesla V100-SXM2-32GB", 31.73, "V100 32GB"),
    ],
)
def test_the_drivers_name_and_memory_find_the_card(
    driver_name: str, memory_gib: float, card: str
) -> None:
    found = find_card(driver_name, memory_gib)
    assert found is not None
    assert found.name == card


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("4090", "RTX 4090"),
        ("rtx4090", "RTX 4090"),
        ("RTX 4060Ti 16 GB", "RTX 4060 Ti 16GB"),
        ("4070 super", "RTX 4070 Super"),
        ("a100-40gb", "A100 40GB"),
        ("A100", "A100 80GB"),
        ("h100 80 GiB", "H100 80GB"),
        ("RTX 3060", "RTX 3060 12GB"),
        ("RTX 4060 Ti 8GB", "RTX 4060 Ti 8GB"),
        ("RTX 4060 Ti", "RTX 4060 Ti 16GB"),
        ("rtx 4090 d", "RTX 4090 D"),
        ("H20", "H20"),
        ("a800", "A800 80GB"),
    ],
)
def test_so_do_the_names_that_people_use(name: str, card: str) -> None:
    found = find_card(name)
    assert found is not None
    assert found.name == card


@pytest.mark.parametrize(
    ("name", "memory_gib"),
    [
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 15.6),
        ("NVIDIA GeForce RTX 3070 Ti", 7.8),
        ("NVIDIA A100-SXM4-80GB MIG 3g.40gb", 39.5),
        ("NVIDIA RTX 4000 SFF Ada Generation", 19.5),
        ("NVIDIA GeForce RTX 4060 Laptop GPU", 7.6),
        ("NVIDIA Something 9000", 40.0),
    ],
)
def test_a_card_of_another_build_is_not_taken_for_the_one_in_the_table(
    name: str, memory_gib: float
) -> None:
    assert find_card(name, memory_gib) is None


def test_an_unknown_card_falls_back_to_its_memory_and_capability_and_says_so() -> None:
    card = card_for("NVIDIA Something 9000", 40.0, (8, 9))
    assert not card.known
    assert card.name == "NVIDIA Something 9000"
    assert card.memory_bytes == 40 * GIB
    assert card.has_fp8
    assert card.bandwidth_gb_per_second is None


def test_an_unknown_card_of_unknown_memory_is_refused_with_similar_names() -> None:
    with pytest.raises(UnknownCardError, match=r"RTX 4090.*--memory-gib"):
        card_for("RTX 4091")
    with pytest.raises(UnknownCardError, match="There is no card named 'X' in the table: say"):
        card_for("X")


def test_what_the_driver_says_counts_more_than_the_table() -> None:
    gpu = Gpu(name="NVIDIA GeForce RTX 4090", total_bytes=round(23.6 * GIB))
    assert gpu.card.known
    assert gpu.card.memory_gib == pytest.approx(23.6)
    assert gpu.card.compute_capability == (8, 9)
    assert gpu.card.bandwidth_gb_per_second == 1008


def test_every_row_finds_itself_and_is_plausible() -> None:
    for card in CARDS:
        assert find_card(card.name) == card
        assert card.has_fp8 == (card.fp8_tflops is not None)
        assert card.bandwidth_gb_per_second is not None
        assert 200 < card.bandwidth_gb_per_second < 10_000
        if card.fp8_tflops is not None and card.bf16_tflops is not None:
            assert card.fp8_tflops == pytest.approx(2 * card.bf16_tflops, rel=0.05)
