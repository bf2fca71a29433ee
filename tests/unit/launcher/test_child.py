from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from backend.launcher.child import Child, Exited, Line, split_lines
from tests.unit.launcher.processes import ends
from tests.unit.launcher.scripted_engine import ScriptedEngine

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 20.0


class Run:
    """A child that plays one run, and what it emits."""

    def __init__(self, folder: Path, *steps: str) -> None:
        self._emitted: SimpleQueue[Line | Exited] = SimpleQueue()
        plan = ScriptedEngine(folder, steps).plan()
        self.child = Child(
            plan.command.argv,
            environment=plan.command.environment,
            folder=folder,
            emit=self._emitted.put,
        )

    def line(self) -> str:
        event = self._emitted.get(timeout=PATIENCE_SECONDS)
        assert isinstance(event, Line)
        return event.text

    def to_the_end(self) -> tuple[list[str], int]:
        lines = []
        while isinstance(event := self._emitted.get(timeout=PATIENCE_SECONDS), Line):
            lines.append(event.text)
        return lines, event.code


def test_each_line_is_emitted_and_then_the_exit_code(tmp_path: Path) -> None:
    run = Run(tmp_path, "say one", "bar two", "bar three", "exit 3")
    assert run.to_the_end() == (["one", "two", "three"], 3)


def test_a_run_that_a_signal_ends_has_the_signal_as_a_negative_code(tmp_path: Path) -> None:
    assert Run(tmp_path, "kill SIGKILL").to_the_end() == ([], -signal.SIGKILL)


def test_a_command_that_does_not_exist_is_a_run_that_fails(tmp_path: Path) -> None:
    emitted: SimpleQueue[Any] = SimpleQueue()
    Child(["/nowhere/python"], environment={}, folder=tmp_path, emit=emitted.put)
    events = [emitted.get(timeout=PATIENCE_SECONDS)]
    while not isinstance(events[-1], Exited):
        events.append(emitted.get(timeout=PATIENCE_SECONDS))
    assert events[-1].code == 1
    assert "No such file or directory" in events[-2].text


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Child([sys.executable], environment={}, folder=tmp_path / "no", emit=lambda _: None)


def test_stop_ends_it_with_sigterm(tmp_path: Path) -> None:
    run = Run(tmp_path, "orphan", "wait")
    orphan = int(run.line().split()[1])
    run.child.stop(PATIENCE_SECONDS)
    assert run.to_the_end() == ([], -signal.SIGTERM)
    assert ends(orphan)


def test_stop_kills_what_ignores_sigterm(tmp_path: Path) -> None:
    run = Run(tmp_path, "deaf", "orphan", "wait")
    orphan = int(run.line().split()[1])
    run.child.stop(0.1)
    assert run.to_the_end() == ([], -signal.SIGKILL)
    assert ends(orphan)


def test_stop_after_the_end_does_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, "exit 0")
    run.to_the_end()
    run.child.stop(PATIENCE_SECONDS)


@pytest.mark.parametrize("end", ["exit 1", "kill SIGKILL"])
def test_no_process_of_the_group_outlives_the_server(tmp_path: Path, end: str) -> None:
    run = Run(tmp_path, "orphan", end)
    orphan = int(run.line().split()[1])
    run.to_the_end()
    assert ends(orphan)


def test_all_of_it_goes_when_the_guard_is_killed(tmp_path: Path) -> None:
    run = Run(tmp_path, "orphan", "wait")
    orphan = int(run.line().split()[1])
    os.kill(run.child.group, signal.SIGKILL)
    assert run.to_the_end() == ([], -signal.SIGKILL)
    assert ends(orphan)


LAUNCHER = """
import os, sys
from pathlib import Path
from backend.launcher.child import Child
folder = Path(sys.argv[1])
Child([sys.executable, "-m", "vllm.entrypoints.openai.api_server"],
      environment=os.environ, folder=folder, emit=lambda event: print(event.text, flush=True))
sys.stdin.read()
"""


def test_all_of_it_goes_when_the_launcher_is_killed(tmp_path: Path) -> None:
    ScriptedEngine(tmp_path, ["deaf", "orphan", "wait"])
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        assert launcher.stdout is not None
        orphan = int(launcher.stdout.readline().split()[1])
        launcher.kill()
    assert ends(orphan)


def test_lines_are_put_together_from_pieces_cut_anywhere() -> None:
    text = "première ligne\r\ndeuxième\n\n\rtroisième 😀\n".encode()
    pieces = [text[i : i + 1] for i in range(len(text))]
    assert list(split_lines(pieces)) == ["première ligne", "deuxième", "troisième 😀"]


def test_the_last_line_needs_no_end() -> None:
    assert list(split_lines([b"one\ntw", b"o"])) == ["one", "two"]


def test_bytes_that_are_no_text_hurt_nobody() -> None:
    assert list(split_lines([b"\xff\xfe\x00ok\x07\n", b"\x1b[32mgreen\x1b[0m\n"])) == [
        "��ok",
        "green",
    ]


def test_a_line_that_does_not_end_is_cut() -> None:
    lines = list(split_lines([b"x" * 5000] * 4))
    assert [len(line) for line in lines] == [8192, 8192]


@pytest.mark.parametrize("code", [127, 193, 255])
def test_a_large_exit_code_that_is_no_signal_stays_as_it_is(tmp_path: Path, code: int) -> None:
    assert Run(tmp_path, f"exit {code}").to_the_end() == ([], code)
