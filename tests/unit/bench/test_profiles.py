"""The bench of profiles boots each case, measures it, and goes on after one that fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from backend.bench import profiles, throughput
from backend.setup.procfs import Process, descendants, processes
from tests.fakes.product import ROOT
from tests.unit.bench.small_vllm import lay_out, lay_out_bench, python_of


@pytest.fixture
def out(tmp_path: Path) -> Path:
    lay_out(tmp_path / "cache" / "engine")
    lay_out(tmp_path)
    lay_out_bench(tmp_path)
    return tmp_path


def run(
    out: Path, monkeypatch: pytest.MonkeyPatch, *cases: str, loads: tuple[str, ...] = ("2x8x4",)
) -> list[dict[str, Any]]:
    words = [
        "--python",
        python_of(out),
        "--model",
        "some/model",
        "--out",
        str(out),
        "--loads",
        *loads,
    ]
    for case in cases:
        words += ["--case", case]
    monkeypatch.setattr(sys, "argv", ["profiles", *words])
    assert profiles.main() == 0
    cases_of: list[dict[str, Any]] = json.loads((out / "profiles.json").read_text())["cases"]
    return cases_of


def test_a_profile_and_a_plain_engine_are_booted_in_turn(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = run(out, monkeypatch, "ours=cpu", "theirs=plain --max-num-seqs 32")
    assert [result["case"] for result in results] == ["ours", "theirs"]
    assert [result["num_kv_cache_tokens"] for result in results] == [12_345, 12_345]


def test_each_load_is_measured_with_four_prompts_a_user(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [case] = run(out, monkeypatch, "ours=cpu", loads=("1x256x64", "32x1024x256"))
    measured = [
        (load["num_users"], load["num_prompts"], load["input_tokens"], load["output_tokens"])
        for load in case["throughput"]
    ]
    assert measured == [(1, 4, 256, 64), (32, 128, 1024, 256)]


def test_a_case_that_fails_is_recorded_and_the_rest_goes_on(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = run(out, monkeypatch, "broken=plain --broken", "fine=plain")
    assert "nothing works" in str(broken["failed"])
    assert "failed" not in fine


def test_a_bench_that_is_terminated_leaves_no_engine_behind(out: Path) -> None:
    words = ["--model", "some/model", "--out", str(out), "--loads", "100x8x4"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(out), str(ROOT)))}
    command = [sys.executable, "-m", "backend.bench.profiles", *words, "--case", "theirs=plain"]
    with subprocess.Popen(command, cwd=out, env=environment, stdout=subprocess.DEVNULL) as bench:
        while not (engines := _engines_of(bench.pid)):
            assert bench.poll() is None
            time.sleep(0.05)
        bench.terminate()
        assert bench.wait(20)
    assert not [p for p in processes() if p.pid in {engine.pid for engine in engines}]


def _engines_of(pid: int) -> list[Process]:
    return [child for child in descendants(pid) if "api_server" in child.command]


def bench(folder: Path, model: str) -> dict[str, object]:
    return throughput.serve_bench(
        python_of(folder), 8001, model=model, tokenizer="t", num_users=2, num_prompts=4
    )


def test_vllms_own_numbers_are_kept_with_what_was_asked(out: Path) -> None:
    numbers = bench(out, "m")
    assert numbers["output_throughput"] == 99.5
    assert numbers["num_users"] == 2
    assert numbers["mean_ttft_ms"] == 250.0
    assert numbers["duration"] == 2.0


def test_a_benchmark_that_fails_says_why(out: Path) -> None:
    with pytest.raises(RuntimeError, match="the tokenizer is not there"):
        bench(out, "broken")
