"""vLLM's benchmark stays up for many runs, and a run that fails says why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.bench.throughput import (
    BenchFailedError,
    ServeBench,
    address_words,
    directly_to,
    load_words,
)
from tests.unit.bench.small_vllm import lay_out_bench, python_of


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ServeBench]:
    lay_out_bench(tmp_path)
    with ServeBench(python_of(tmp_path), tmp_path / "bench.log", os.environ) as bench:
        yield bench


def words(model: str = "m", seed: int = 0) -> list[str]:
    load = load_words(2, 8, num_warmups=0, seed=seed)
    return [*address_words("http://127.0.0.1:1", model, "t"), *load]


def test_runs_follow_each_other_in_one_process(bench: ServeBench, tmp_path: Path) -> None:
    assert bench.run(words(seed=1))["words"][-4:-2] == ["--seed", "1"]
    assert bench.run(words(seed=2))["completed"] == 8
    assert (tmp_path / "bench.log").read_text().count("for the log, not for the answer") == 2


def test_a_run_that_fails_says_why_and_the_next_one_runs(bench: ServeBench) -> None:
    with pytest.raises(BenchFailedError, match="the tokenizer is not there"):
        bench.run(words("broken"))
    assert bench.run(words())["completed"] == 8


def test_a_benchmark_that_ends_is_started_again(bench: ServeBench) -> None:
    with pytest.raises(BenchFailedError, match="benchmark ended"):
        bench.run(words("deadly"))
    assert bench.run(words())["completed"] == 8


def test_no_proxy_leads_to_the_engine_and_other_hosts_keep_theirs(bench: ServeBench) -> None:
    around = directly_to("gpu-host", {"http_proxy": "http://proxy", "NO_PROXY": "intranet"})
    assert around["no_proxy"] == around["NO_PROXY"] == "intranet,gpu-host"
    assert around["http_proxy"] == "http://proxy"
    assert "127.0.0.1" in bench.run(words())["no_proxy"]
