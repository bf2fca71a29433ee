"""`python -m backend.bench`: what is wrong is one sentence, and nothing is started for it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from backend.bench.__main__ import MORE_TO_DO, WRONG, main
from tests.fakes.engine import FakeEngine


def words(out: Path, *more: str) -> list[str]:
    return ["--out", str(out), "--python", sys.executable, "--profile", "cpu", *more]


def test_a_url_that_is_no_vllm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(tmp_path, "--url", "http://127.0.0.1:1/v1")) == WRONG
    assert capsys.readouterr().err.startswith("http://127.0.0.1:1/v1 is no vLLM")


def test_a_tip_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(tmp_path, "--model", "m", "--only", "tip9")) == WRONG
    assert "There is no tip9: --only takes tip1, tip1-batching" in capsys.readouterr().err


def test_a_profile_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words(tmp_path, "--model", "m"), "--profile", "abacus"]) == WRONG
    assert "abacus" in capsys.readouterr().err


def test_flags_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(tmp_path, "--model", "m", "--flags", "dummy")) == WRONG
    assert "'dummy', which is no flag" in capsys.readouterr().err


def test_neither_a_model_nor_a_url(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words(tmp_path))
    assert "--model is missing" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(words(tmp_path / "file" / "results", "--model", "m")) == WRONG
    assert "cannot be written (Not a directory): name another folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(Path("/proc"), "--model", "m")) == WRONG
    assert "/proc cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["tips", "sweep"])
def test_a_python_that_there_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    missing = str(tmp_path / "no-python")
    assert main([what, *words(tmp_path, "--model", "m", "--python", missing)]) == WRONG
    assert capsys.readouterr().err == (
        f"{missing} cannot be started (No such file or directory): name the Python of vLLM's "
        "environment with --python.\n"
    )


@pytest.mark.parametrize("url", ["localhost:1", "http://[::"])
def test_a_url_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert main(words(tmp_path, "--url", url)) == WRONG
    assert capsys.readouterr().err.startswith(f"{url} is no vLLM")


def test_a_sweep_takes_no_url(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *words(tmp_path, "--url", "http://127.0.0.1:1/v1")]) == WRONG
    assert "leave --url out" in capsys.readouterr().err


async def test_a_running_engine_is_not_asked_what_needs_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeEngine() as engine:
        at = words(tmp_path, "--url", engine.url, "--quick", "--time-limit", "0")
        assert await asyncio.to_thread(main, at) == MORE_TO_DO
    said = capsys.readouterr()
    assert "Skipped, because they need engines with other flags: tip1-batching" in said.out
    assert "tip1-batching: not measurable here. It needs engines with other flags" in said.out
    assert "the same command goes on" in said.err
    assert (tmp_path / "report.html").exists()
