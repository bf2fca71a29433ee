"""The bench of starts plays each scenario, and writes each result as soon as it is there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from backend.bench import boot
from backend.bench.boot import summary
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
    monkeypatch.setattr(sys, "argv", ["boot", *arguments])
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


def test_the_table_has_a_row_for_each_scenario_that_was_played() -> None:
    boots = [
        {"scenario": "warm", "health_seconds": 30.0},
        {"scenario": "warm", "health_seconds": 20.0},
        {"scenario": "plain", "health_seconds": 90.0},
    ]
    assert summary(boots).splitlines()[2:] == [
        "| warm | 2 | 25.0 | 20.0–30.0 |",
        "| plain | 1 | 90.0 | 90.0–90.0 |",
    ]
