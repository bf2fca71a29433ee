"""The bench of starts plays each scenario, and writes each result as soon as it is there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from backend.bench import boot
from backend.bench.launched import BootFailedError
from backend.bench.plain import PlainEngine
from tests.unit.bench.small_vllm import lay_out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    lay_out(tmp_path / "caches" / "warmline" / "engine")
    lay_out(tmp_path)
    return tmp_path


def test_warm_crash_and_plain_starts_are_played(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", "some/model", "--profile", "cpu", "--rounds", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["boot", *arguments, "--plain-rounds", "1"])
    assert boot.main() == 0
    results = json.loads((out / "boot.json").read_text())["boots"]
    assert [result["scenario"] for result in results] == ["cold", "warm", "crash", "plain"]
    assert all(result["health_seconds"] > 0 for result in results)
    assert results[0]["num_kv_cache_tokens"] == 12_345
    assert results[3]["num_kv_cache_tokens"] == 12_345
    assert results[1]["phases"][0][0] == "starting"
    assert "| plain | 1 |" in capsys.readouterr().out


def test_an_engine_that_does_not_start_ends_the_bench_with_its_reason(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", "some/model", "--profile", "cpu", "--flags=--not-there"]
    more = ["--scenarios", "warm", "--rounds", "1", "--out", str(out)]
    server = out / "caches/warmline/engine/vllm/entrypoints/openai/api_server.py"
    server.write_text("import sys\nprint('unrecognized arguments: --not-there')\nsys.exit(2)\n")
    monkeypatch.setattr(sys, "argv", ["boot", *arguments, *more])
    assert boot.main() == 1
    assert "--not-there" in capsys.readouterr().out


def test_a_plain_engine_that_dies_says_why(out: Path) -> None:
    engine = PlainEngine(sys.executable, ["--broken"], out / "plain.log")
    with pytest.raises(BootFailedError, match="nothing works"), engine:
        pass


@pytest.fixture
def chat_python(tmp_path: Path) -> str:
    """An environment whose gate opens again and again, whatever the engine does."""
    program = tmp_path / "chat-python"
    program.write_text(f"#!{sys.executable}\n{_GATE}")
    program.chmod(0o755)
    return str(program)


_GATE = """
import json, sys, time

while True:
    for phase, bursts in (("starting", []), ("warming_up", []), ("ready", [[8, 0.25]])):
        print(json.dumps({"at": time.monotonic(), "phase": phase, "bursts": bursts}), flush=True)
        time.sleep(0.5)
"""


def test_with_the_chats_python_a_start_ends_when_the_gate_opens(
    out: Path, chat_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--model", "some/model", "--profile", "cpu", "--chat-python", chat_python]
    more = ["--scenarios", "warm", "crash", "--rounds", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["boot", *arguments, *more])
    assert boot.main() == 0
    warm, crash = json.loads((out / "boot.json").read_text())["boots"]
    assert warm["ready_seconds"] > 0
    assert warm["bursts"] == [[8, 0.25]]
    assert crash["ready_seconds"] > 0
    assert (out / "boot.svg").read_text().startswith("<svg")


def test_a_gate_that_does_not_begin_ends_the_bench_with_its_reason(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", "some/model", "--profile", "cpu", "--chat-python", "/bin/true"]
    monkeypatch.setattr(sys, "argv", ["boot", *arguments, "--out", str(out)])
    assert boot.main() == 1
    assert "the gate did not begin" in capsys.readouterr().out


@pytest.mark.parametrize("whose", ["--python", "--chat-python"])
def test_an_environment_that_is_not_there_is_named(
    whose: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", "some/model", "--profile", "cpu", whose, str(out / "no-python")]
    monkeypatch.setattr(sys, "argv", ["boot", *arguments, "--rounds", "1", "--out", str(out)])
    assert boot.main() == 1
    assert "no-python" in capsys.readouterr().out
