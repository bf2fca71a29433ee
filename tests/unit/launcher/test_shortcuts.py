"""What makes a start shorter is in force where it is safe, and can be switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.launcher.command import Command
from backend.launcher.hardware import Hardware
from backend.launcher.mend import mended_command
from backend.launcher.options import OptionError, Options
from backend.launcher.problems import name_failure
from backend.launcher.shortcuts import Shortcut, shortcuts_for

ONE_CARD = Hardware(kind="gpu", name="H100", count=1)
TWO_CARDS = Hardware(kind="gpu", name="H100", count=2)
PROCESSOR = Hardware(kind="cpu", name="Test CPU", count=2)
LINUX = "6.1.0-generic"


def names(options: Options, hardware: Hardware, kernel: str = LINUX) -> list[str]:
    return [s.name for s in shortcuts_for(options, hardware, kernel=kernel)]


def test_one_card_has_them_all(tmp_path: Path) -> None:
    options = Options(engine_bytecode_dir=tmp_path)
    assert names(options, ONE_CARD) == ["startup-plan", "fork", "bytecode", "preload"]


def test_several_cards_do_not_fork() -> None:
    assert names(Options(), TWO_CARDS) == ["startup-plan", "preload"]


def test_wsl2_does_not_fork() -> None:
    found = names(Options(), ONE_CARD, "5.15.90-microsoft-standard-WSL2")
    assert found == ["startup-plan", "preload"]


def test_a_processor_has_no_use_for_plan_and_fork() -> None:
    assert names(Options(), PROCESSOR) == ["preload"]


def test_each_can_be_left_out() -> None:
    options = Options.read({"WARMLINE_ENGINE_SHORTCUTS": "startup-plan"})
    assert names(options, ONE_CARD) == ["startup-plan"]


def test_all_can_be_left_out() -> None:
    assert names(Options.read({"WARMLINE_ENGINE_SHORTCUTS": "none"}), ONE_CARD) == []


def test_a_name_that_is_none_of_them_is_refused() -> None:
    with pytest.raises(OptionError, match="WARMLINE_ENGINE_SHORTCUTS"):
        Options.read({"WARMLINE_ENGINE_SHORTCUTS": "forks"})


def test_a_forked_start_that_dies_without_a_cause_starts_again_without_fork() -> None:
    fork = Shortcut(name="fork", variables={"VLLM_WORKER_MULTIPROC_METHOD": "fork"}, reason="")
    environment = {"PATH": "/bin", "VLLM_WORKER_MULTIPROC_METHOD": "fork"}
    command = Command(flags=(), environment=environment, shortcuts=(fork,))
    mended = mended_command(command, name_failure(["Segmentation fault"], -11))
    assert mended is not None
    assert mended.what == "without fork"
    assert mended.command.environment == {"PATH": "/bin"}
    assert mended.command.shortcuts == ()
    assert mended_command(mended.command, name_failure([], -11)) is None


def test_a_preloaded_start_that_dies_without_a_cause_starts_again_without_the_parent() -> None:
    preload = Shortcut(name="preload", variables={}, reason="")
    command = Command(flags=(), environment={}, shortcuts=(preload,))
    mended = mended_command(command, name_failure([], 1))
    assert mended is not None
    assert mended.what == "without preload"


CORE_RAISED = [
    "(EngineCore pid=77) ERROR 11-30 12:00:00 [core.py:1510] EngineCore failed to start.",
    "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): "
    "{'EngineCore': 1}",
]


def test_an_engine_core_that_fails_in_a_fork_without_a_cause_starts_again_without_it() -> None:
    fork = Shortcut(name="fork", variables={}, reason="")
    command = Command(flags=(), environment={}, shortcuts=(fork,))
    mended = mended_command(command, name_failure(CORE_RAISED, 1))
    assert mended is not None
    assert mended.what == "without fork"


def test_an_engine_core_that_is_killed_from_outside_says_nothing_against_a_fork() -> None:
    fork = Shortcut(name="fork", variables={}, reason="")
    command = Command(flags=(), environment={}, shortcuts=(fork,))
    killed = CORE_RAISED[1].replace(": 1}", ": -9}")
    assert mended_command(command, name_failure([killed], 1)) is None


@pytest.mark.parametrize("number", [9, 15])
def test_a_start_that_is_killed_from_outside_says_nothing_against_a_fork(number: int) -> None:
    fork = Shortcut(name="fork", variables={}, reason="")
    command = Command(flags=(), environment={}, shortcuts=(fork,))
    assert mended_command(command, name_failure([], -number)) is None
