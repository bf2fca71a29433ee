"""A whole bench against a small vLLM: launcher, benchmark, journal and report, all as processes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.bench.__main__ import COMPLETE, STOPPED, main
from backend.bench.tips.bench import RATES
from tests.unit.bench.small_vllm import lay_out, lay_out_bench


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A bench of tip 1, whose engine and benchmark are small ones."""
    out = tmp_path / "results"
    lay_out(out / "cache" / "engine")
    lay_out_bench(tmp_path)
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{tmp_path}" exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    where = ["--out", str(out), "--python", str(python), "--model", "some/model"]
    return [*where, "--profile", "cpu", "--quick", "--only", "tip1"]


def results(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(words[1]) / "results.json").read_text())
    return found


def measured(words: list[str]) -> list[str]:
    """The journal's lines but for the machine's rates, which take a torch."""
    lines = (Path(words[1]) / "journal.jsonl").read_text().splitlines()
    return [line for line in lines if json.loads(line)["key"] != RATES]


def test_every_run_is_measured_and_reported(words: list[str]) -> None:
    assert main(words) == COMPLETE
    one, own = results(words)["experiments"]["tip1-batching"]
    assert [arm["boot"]["num_kv_cache_tokens"] for arm in (one, own)] == [12_345, 12_345]
    assert [len(run["numbers"]) for arm in (one, own) for run in arm["runs"]] == [3] * 3
    assert "the runs overlap" in (Path(words[1]) / "report.html").read_text()


def test_a_second_start_of_the_same_command_measures_nothing_again(words: list[str]) -> None:
    main(words)
    before = measured(words)
    assert main(words) == COMPLETE
    assert measured(words) == before
    on = results(words)["on"]
    assert on["runs"] == "9, 9 of them by an earlier start of the bench"
    last = json.loads(before[-1])["at"]
    assert on["date"].endswith(f"{last[11:16]} UTC")
    assert on["profile"] == "cpu"


def test_ctrl_c_leaves_a_report_of_what_was_measured(words: list[str]) -> None:
    out = Path(words[1])
    (out / "ctrl-c-at").write_text("3")
    assert main(words) == STOPPED
    found = results(words)
    assert not found["is_complete"]
    assert found["on"]["runs"] == "1"
    assert (out / "report.html").exists()
    (out / "ctrl-c-at").unlink()
    assert main(words) == COMPLETE
    assert list(out.glob("engine-*.before.log")), "the log of the engine that was stopped is kept"
    assert results(words)["on"]["runs"] == "9, 1 of them by an earlier start of the bench"


def test_an_engine_that_does_not_start_is_in_the_report(words: list[str]) -> None:
    assert main([*words, "--flags=--broken"]) == COMPLETE
    found = results(words)
    assert found["verdicts"][0]["answer"] == "not measurable here"
    assert "max-num-seqs 1: " in found["verdicts"][0]["is"]
