"""When a claim on quantization or dtype holds, and beside what it is not compared."""

from __future__ import annotations

from typing import Any

import pytest

from backend.bench.tips import weights
from backend.bench.tips.parts import Point
from backend.bench.tips.plan import Configuration
from backend.bench.tips.workloads import Text, Workload
from tests.unit.bench.tips.known import Runs, rates, results
from tests.unit.bench.tips.scripted import OWN, engine, users

FULL = engine("fp32", "--dtype", "float32")
FP16 = engine("fp16", "--dtype", "float16")
HALVES = weights.dtype_gain(
    [Point(OWN, users(1)), Point(FP16, users(1))], Point(FULL, users(1)), Text()
)


def test_the_best_quantization_decides_and_a_failed_one_is_told() -> None:
    fp8, awq = engine("fp8", "-q"), engine("AWQ", "-a")
    claim = weights.memory_saving(
        Point(OWN, users(1)), [Point(fp8, users(1)), Point(awq, users(1))], least=0.4
    )
    known = results(
        {(OWN, users(1)): rates(217), (fp8, users(1)): rates(284)},
        {OWN: {"weights_gib": 7.64}, fp8: {"weights_gib": 4.28}},
        {awq: "no AWQ kernel."},
    )
    verdict = claim(known)
    assert verdict.answer == "holds"
    assert "fp8 4.28 GiB (−44%), 284 tok/s; AWQ: no AWQ kernel." in verdict.measured


def test_half_precision_whose_runs_overlap_those_of_fp32_is_not_quicker() -> None:
    runs: Runs = {(OWN, users(1)): rates(10, 13, 12), (FULL, users(1)): rates(9, 11, 10)}
    boots = {OWN: {"weights_gib": 1.0}, FULL: {"weights_gib": 2.0}}
    verdict = HALVES(results(runs, boots))
    assert verdict.answer == "not measurable here"
    assert "the runs overlap, so they show nothing" in verdict.measured


def test_a_dtype_that_does_not_start_leaves_the_verdict_to_the_others() -> None:
    runs: Runs = {(OWN, users(1)): rates(20, 21, 22), (FULL, users(1)): rates(9, 11, 10)}
    verdict = HALVES(results(runs, failures={FP16: "this card has no fp16"}))
    assert verdict.answer == "holds"
    assert "fp16: this card has no fp16" in verdict.measured


QUANTIZED = "JunHowie/Qwen3-4B-Instruct-2507-GPTQ-Int4"


@pytest.mark.parametrize(
    ("flags", "answer", "told"),
    [
        ("--dtype half", "holds", "own (half) 2 "),
        ("--dtype float32", "not measurable here", "own (float32): it ran with --dtype float32"),
        ("--quantization fp8", "not measurable here", "own: it ran with --quantization fp8"),
        ("--quantization none", "holds", "own 2 "),
        (f"--model {QUANTIZED}", "not measurable here", "own: its checkpoint is gptq"),
    ],
)
def test_what_the_profiles_own_engine_ran_with_is_told(flags: str, answer: str, told: str) -> None:
    runs: Runs = {(OWN, users(1)): rates(20, 20, 20), (FULL, users(1)): rates(10, 10, 10)}
    boots = {OWN: {"flags": ["--model", "m", *flags.split()]}}
    verdict = HALVES(results(runs, boots))
    assert verdict.answer == answer
    assert verdict.measured.startswith(told)


def test_an_engine_that_quantized_by_itself_is_no_16_bit_to_compare_with() -> None:
    fp8 = engine("fp8", "-q")
    claim = weights.memory_saving(Point(OWN, users(1)), [Point(fp8, users(1))], least=0.4)
    quantized = {"weights_gib": 4.28, "flags": ["--model", "m", "--quantization", "fp8"]}
    known = results({(OWN, users(1)): rates(284)}, {OWN: quantized, fp8: {"weights_gib": 4.28}})
    verdict = claim(known)
    assert verdict.answer == "not measurable here"
    assert verdict.measured == "own: it ran with --quantization fp8."


def test_half_precision_that_loses_too_much_does_not_hold() -> None:
    runs: dict[tuple[Configuration, Workload], list[dict[str, Any]]] = {
        (OWN, users(1)): rates(20),
        (FULL, users(1)): rates(10),
        (FULL, Text()): [{"loss": 3.0}],
    }
    assert HALVES(results(runs | {(OWN, Text()): [{"loss": 3.01}]})).answer == "holds"
    assert HALVES(results(runs | {(OWN, Text()): [{"loss": 3.2}]})).answer == "does not hold"
    assert HALVES(results(runs)).answer == "holds"
