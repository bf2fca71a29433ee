"""The launcher on machines with odd cards: there is always a status that says what is wrong."""

from __future__ import annotations

from pathlib import Path

from tests.unit.launcher.scripted_engine import UP
from tests.unit.launcher.test_main import launched, started

UNREADABLE = """
import os
from backend.launcher.__main__ import main

def look():
    raise RuntimeError("a card from the future")

raise SystemExit(main(os.environ, look))
"""


def driver(folder: Path, text: str) -> str:
    """A `PATH` whose `nvidia-smi` prints this."""
    folder.mkdir()
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    (folder / "nvidia-smi").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_a_machine_that_cannot_be_read_is_a_problem_that_the_page_shows(tmp_path: Path) -> None:
    with started(tmp_path, ("-c", UNREADABLE), (), {}) as launcher:
        launcher.says("launcher: The cards of this machine cannot be read")
        status = launcher.status()
        assert launcher.stops() == 1
    assert (status["phase"], status["problem"]["kind"]) == ("failed", "hardware_unreadable")
    assert "a card from the future" in status["problem"]["message"]


def test_a_slice_of_unknown_memory_starts_and_the_page_says_that_nothing_is_fitted(
    tmp_path: Path,
) -> None:
    denied = ", ".join(["[Insufficient Permissions]"] * 3)
    path = driver(tmp_path / "bin", f"NVIDIA A100-SXM4-80GB, {denied}, 8.0, GPU-a")
    with launched(tmp_path, UP, "wait", PATH=path, WARMLINE_ENGINE_PROFILE="auto") as launcher:
        said = launcher.says("startup complete")
        status = launcher.status()
        launcher.stops()
    assert "launcher: NVIDIA A100-SXM4-80GB: its memory is unknown" in said
    assert "no flag is fitted to it" in status["detail"]
    assert status["profile"] == "a100-80gb"


def test_a_card_that_is_left_out_is_hidden_from_the_engine_and_said(tmp_path: Path) -> None:
    cards = (
        "NVIDIA GeForce GT 1030, 2048, 80, 1700, 6.1, GPU-old\n"
        "NVIDIA GeForce RTX 4090, 24564, 480, 23600, 8.9, GPU-new"
    )
    path = driver(tmp_path / "bin", cards)
    steps = ("env CUDA_VISIBLE_DEVICES", UP, "wait")
    with launched(tmp_path, *steps, PATH=path, WARMLINE_ENGINE_PROFILE="auto") as launcher:
        said = launcher.says("startup complete")
        status = launcher.status()
        launcher.stops()
    assert "CUDA_VISIBLE_DEVICES=GPU-new" in said
    assert "launcher: NVIDIA GeForce GT 1030 is left out" in said
    assert [gpu["name"] for gpu in status["hardware"]["gpus"]] == ["NVIDIA GeForce RTX 4090"]
