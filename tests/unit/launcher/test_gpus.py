"""Cards are read from `nvidia-smi`, whatever it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from backend.launcher.gpus import MIB, find_cards
from backend.launcher.hardware import detect

H100 = "NVIDIA H100 80GB HBM3, 81559, 551, 81004, 9.0, GPU-aaaa"
SECOND = "NVIDIA H100 80GB HBM3, 81559, 551, 20000, 9.0, GPU-bbbb"


class ScriptedDriver:
    """Prints what the test says, as `nvidia-smi` would."""

    def __init__(self, cards: str | None, holders: str = "") -> None:
        self._cards = cards
        self._holders = holders

    def __call__(self, arguments: Sequence[str]) -> str:
        if self._cards is None:
            raise FileNotFoundError("nvidia-smi")
        return self._cards if arguments[0].startswith("--query-gpu") else self._holders


def test_a_card_has_what_cuda_may_use_of_it() -> None:
    (gpu,) = find_cards(ScriptedDriver(H100), visible=None).gpus
    assert gpu.name == "NVIDIA H100 80GB HBM3"
    assert gpu.total_bytes == (81559 - 551) * MIB
    assert gpu.free_bytes == 81004 * MIB
    assert gpu.compute_capability == (9, 0)


def test_without_a_driver_there_are_no_cards() -> None:
    assert find_cards(ScriptedDriver(None)).gpus == ()


def test_hidden_cards_are_not_counted() -> None:
    driver = ScriptedDriver(f"{H100}\n{SECOND}")
    assert len(find_cards(driver, visible="1").gpus) == 1
    assert len(find_cards(driver, visible="GPU-aaaa").gpus) == 1
    assert find_cards(driver, visible="").gpus == ()


def test_processes_on_a_card_are_named() -> None:
    driver = ScriptedDriver(H100, "GPU-aaaa, 4711, 2048\nGPU-other, 1, 5\nGPU-aaaa, 12, [N/A]")
    holders = find_cards(driver, visible=None).holders
    assert [(h.pid, h.memory_bytes) for h in holders] == [(4711, 2048 * MIB), (12, None)]


def test_a_driver_that_does_not_say_everything_still_names_the_card() -> None:
    (gpu,) = find_cards(ScriptedDriver("Odd Card, 24576, [N/A], [N/A], [N/A], GPU-x")).gpus
    assert gpu.total_bytes == 24576 * MIB
    assert gpu.free_bytes is None
    assert gpu.compute_capability is None


def test_hardware_is_the_cards_where_there_are_some() -> None:
    hardware = detect(
        find_cards(
            ScriptedDriver(f"{H100}\n{SECOND}"),
        )
    )
    assert (hardware.kind, hardware.count) == ("gpu", 2)
    assert hardware.memory_bytes == 2 * (81559 - 551) * MIB


def test_hardware_is_the_processor_otherwise() -> None:
    assert detect(find_cards(ScriptedDriver(None))).kind == "cpu"
