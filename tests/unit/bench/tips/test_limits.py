"""Physical limits beside what was measured: the machine's own rates, the planner's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bench.tips.experiments import experiments
from backend.bench.tips.journal import Journal
from backend.bench.tips.limits import limits, note_rates, planned_tokens
from backend.bench.tips.plan import plan
from backend.bench.tips.results import Numbers, Results
from backend.bench.tips.workloads import Prefix, RandomPrompts, Workload
from backend.launcher.flags import read_flags
from backend.launcher.hardware import Hardware
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from tests.unit.bench.tips.machines import QUICK_CPU

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
CPU = Hardware(kind="cpu", name="a processor", count=2)
H100 = Hardware(
    kind="gpu",
    name="NVIDIA H100 80GB HBM3",
    count=1,
    gpus=(Gpu(name="NVIDIA H100 80GB HBM3", total_bytes=85_029_158_912),),
)
RATES = {"bandwidth_gb_per_second": 10.0, "bf16_tflops": 0.1}


def measured(flags: tuple[str, ...] = ()) -> Results:
    runs: dict[tuple[str, Workload], tuple[Numbers, ...]] = {}
    boots: dict[str, Numbers] = {}
    for boot in plan(experiments(QUICK_CPU)):
        key = boot.configuration.key
        boots[key] = {"num_kv_cache_tokens": 46_592, "flags": flags}
        for run in boot.runs:
            if isinstance(run.workload, RandomPrompts):
                runs[key, run.workload] = ({"tpot_seconds": 0.054},)
            if isinstance(run.workload, Prefix):
                runs[key, run.workload] = ({"ttft_seconds": 5.0},)
    return Results(runs, boots, {})


def test_a_token_takes_at_least_the_time_to_read_the_weights() -> None:
    found = limits(experiments(QUICK_CPU), measured(), KNOWN_MODELS[SMOLLM2], CPU, RATES)
    decode = next(limit for limit in found if limit.name == "decode, 1 user: TPOT")
    assert decode.limit == "≥ 27 ms"  # 2 bytes × 134.5 million parameters ÷ 10 GB/s, and the cache
    assert (decode.measured, decode.beside) == ("54 ms", "2 × the floor")


def test_a_prompt_takes_at_least_the_time_to_multiply() -> None:
    found = limits(experiments(QUICK_CPU), measured(), KNOWN_MODELS[SMOLLM2], CPU, RATES)
    prefill = [limit for limit in found if limit.name.startswith("prefill")]
    assert [limit.name for limit in prefill] == [
        "prefill, 288 tokens: TTFT",
        "prefill, 544 tokens: TTFT",
    ]
    assert all(limit.measured == "5,000 ms" for limit in prefill)


def test_a_value_below_its_floor_shows_that_the_rates_are_too_low() -> None:
    slow = {"bandwidth_gb_per_second": 1.0}
    found = limits(experiments(QUICK_CPU), measured(), KNOWN_MODELS[SMOLLM2], CPU, slow)
    decode = next(limit for limit in found if limit.name == "decode, 1 user: TPOT")
    assert decode.beside.startswith("0.2 ×: no floor")


def test_without_rates_only_the_cache_is_forecast() -> None:
    flags = ("--model", SMOLLM2, "--kv-cache-memory-bytes", "1G", "--max-model-len", "auto")
    found = limits(experiments(QUICK_CPU), measured(flags), KNOWN_MODELS[SMOLLM2], CPU, {})
    assert {limit.name.partition(",")[0] for limit in found} == {"KV cache"}
    assert {limit.beside for limit in found} == {"+0.0% off"}


@pytest.mark.parametrize(
    ("words", "num_tokens"),
    [
        ("--kv-cache-memory-bytes 1G --max-model-len auto", 46_592),
        ("--kv-cache-memory-bytes 6G --max-model-len 8192", 279_552),
        ("--kv-cache-memory-bytes 1G --dtype float32", None),
        ("--max-model-len auto", None),
    ],
)
def test_the_cpu_engines_cache_is_its_bytes_in_whole_blocks(
    words: str, num_tokens: int | None
) -> None:
    flags = read_flags(["--model", SMOLLM2, *words.split()])
    assert planned_tokens(flags, CPU) == num_tokens


def script(path: Path, text: str) -> str:
    """In place of vLLM's Python."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_rates_that_could_not_be_measured_are_measured_by_the_next_bench(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", {})
    note_rates(journal, "rates", script(tmp_path / "broken", "exit 1"), {})
    assert not journal.is_done("rates")
    assert journal.failure("rates") == "the machine's rates could not be measured"
    works = script(tmp_path / "works", """echo '{"bf16_tflops": 0.1}'""")
    note_rates(journal, "rates", works, {})
    assert journal.numbers("rates") == {"bf16_tflops": 0.1}


def test_a_cards_cache_is_the_planners() -> None:
    words = (
        "--model Qwen/Qwen3-4B-Instruct-2507 --max-model-len 32768 --max-num-seqs 256 "
        "--max-num-batched-tokens 8192 --gpu-memory-utilization 0.92 "
        "--cudagraph-capture-sizes 1 2 4 8 16 24 32 48 64 96 128 192 256"
    )
    tokens = planned_tokens(read_flags(words.split()), H100)
    assert tokens == pytest.approx(463_200, rel=0.01)  # what vLLM reported
