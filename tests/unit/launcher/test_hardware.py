from __future__ import annotations

import os
from pathlib import Path

from backend.launcher.gpus import Cards
from backend.launcher.hardware import detect

NO_CARDS = Cards()


def test_the_processor_its_cores_and_the_memory_are_read(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Acme CPU 9000\n")
    (tmp_path / "meminfo").write_text("MemTotal:       24683656 kB\nMemFree: 1 kB\n")
    hardware = detect(NO_CARDS, tmp_path)
    assert (hardware.kind, hardware.name) == ("cpu", "Acme CPU 9000")
    assert hardware.count == len(os.sched_getaffinity(0))
    assert hardware.memory_bytes == 24683656 * 1024


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    hardware = detect(NO_CARDS, tmp_path)
    assert hardware.name
    assert hardware.memory_bytes is None
