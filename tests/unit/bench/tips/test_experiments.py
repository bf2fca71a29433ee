"""What is compared for each tip, on each kind of machine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backend.bench.tips.experiments import experiments
from backend.bench.tips.journal import Journal
from backend.bench.tips.machine import Machine, machine_of
from backend.bench.tips.pace import Pace
from backend.bench.tips.plan import Experiment, plan, without_restarts
from backend.bench.tips.running import Bench
from backend.bench.tips.workloads import Prefix, RandomPrompts
from backend.launcher.hardware import Hardware
from backend.sizing.known_models import KNOWN_MODELS
from tests.unit.bench.tips.machines import ALL, CPU, H100, QUICK_CPU
from tests.unit.bench.tips.scripted import Heard, ScriptedEngines

MACHINES = pytest.mark.parametrize("machine", ALL)
FULL = pytest.mark.parametrize("machine", [CPU, H100])


def find(machine: Machine, id_: str) -> Experiment:
    return next(e for e in experiments(machine) if e.id == id_)


def flags_of(experiment: Experiment) -> list[str]:
    return [" ".join(arm.configuration.flags) for arm in experiment.arms]


@MACHINES
def test_every_tip_is_measured_in_at_least_three_runs(machine: Machine) -> None:
    assert {e.tip for e in experiments(machine)} == {1, 2, 3, 4, 5, 6, 7}
    judged = [e for e in experiments(machine) if "(no claim)" not in e.claim]
    assert all(e.num_repeats >= 3 for e in judged)


@FULL
def test_batching_is_tried_with_1_with_32_and_with_the_profile(machine: Machine) -> None:
    experiment = find(machine, "tip1-batching")
    batches = [re.findall(r"--max-num-seqs (\d+)", flags) for flags in flags_of(experiment)]
    assert batches == [["1"], ["32"], []]


@MACHINES
def test_a_small_batch_refuses_nobody_who_waits(machine: Machine) -> None:
    """The launcher's queue follows the batch, where nobody says how long it is."""
    *small, own = find(machine, "tip1-batching").arms
    most = max(load.num_users for load in own.workloads if isinstance(load, RandomPrompts))
    for arm in small:
        flags = " ".join(arm.configuration.flags)
        (queue,) = re.findall(r"--max-num-queued-reqs (\d+)", flags)
        assert int(queue) >= most


def test_users_go_from_1_to_256_on_a_card() -> None:
    profile = find(H100, "tip1-batching").arms[-1]
    assert [load.x for load in profile.workloads] == [1, 4, 32, 128, 256]


@FULL
def test_the_context_is_8k_32k_and_the_guides(machine: Machine) -> None:
    arms = find(machine, "tip2-context").arms
    names = [arm.configuration.name for arm in arms]
    assert names == ["max-model-len 8,192", "max-model-len 32,768", "max-model-len 262,144"]


def test_a_profile_of_that_context_is_not_started_again() -> None:
    assert find(H100, "tip2-context").arms[1].configuration.is_own


def test_a_model_with_fewer_positions_is_stretched() -> None:
    arms = find(CPU, "tip2-context").arms
    stretched = ["--hf-overrides" in arm.configuration.flags for arm in arms]
    assert stretched == [False, True, True]


def test_a_checkpoint_at_hand_is_taken_in_place_of_dummy_weights() -> None:
    arms = find(replace(H100, checkpoints={"awq": "some/awq"}), "tip3-quantization").arms
    by_name = {arm.configuration.name: arm.configuration for arm in arms}
    assert by_name["AWQ"].model == "some/awq"
    assert "dummy" in by_name["GPTQ (dummy weights)"].flags


def test_a_profile_that_quantizes_by_itself_has_no_16_bit_to_compare_with() -> None:
    machine = replace(H100, own_quantization="fp8")
    assert "name another --model" in find(machine, "tip3-quantization").not_measurable


def test_the_share_of_the_card_is_judged_where_there_is_a_card() -> None:
    assert "--gpu-memory-utilization 0.8" in flags_of(find(H100, "tip4-memory"))
    assert "--gpu-memory-utilization" not in " ".join(flags_of(find(CPU, "tip4-memory")))


@MACHINES
def test_only_the_memory_share_may_make_requests_fail(machine: Machine) -> None:
    may_fail = {
        experiment.tip
        for experiment in experiments(machine)
        for arm in experiment.arms
        for load in arm.workloads
        if isinstance(load, RandomPrompts) and load.may_fail
    }
    assert may_fail == {4}


def test_no_loss_is_read_from_dummy_weights() -> None:
    with_text = find(CPU, "tip7-dtype").arms[0].workloads
    without = find(replace(CPU, has_dummy_weights=True), "tip7-dtype").arms[0].workloads
    assert len(with_text) == len(without) + 1


@MACHINES
def test_the_median_of_a_shared_prefix_is_of_prompts_that_share_it(machine: Machine) -> None:
    loads = find(machine, "tip5-prefix").arms[0].workloads
    assert all(isinstance(load, Prefix) and load.num_prompts >= 3 for load in loads)


def test_an_engine_that_runs_already_is_asked_tips_5_and_6() -> None:
    possible, _ = without_restarts(experiments(QUICK_CPU))
    assert [e.id for e in possible] == [
        "tip5-prefix",
        "tip5-trimming",
        "tip6-concurrency",
        "tip6-bursts",
    ]


@FULL
def test_an_engine_that_runs_already_gets_bursts_against_its_own_queue(machine: Machine) -> None:
    possible, _ = without_restarts(experiments(replace(machine, is_at_url=True)))
    bursts = next(e for e in possible if e.id == "tip6-bursts")
    assert [arm.configuration.name for arm in bursts.arms] == ["the engine's own queue"]


def test_the_quick_plan_starts_few_engines() -> None:
    assert len(plan(experiments(QUICK_CPU))) <= 6


@MACHINES
def test_a_whole_plan_runs_and_every_experiment_is_judged(machine: Machine, tmp_path: Path) -> None:
    known = experiments(machine)
    engines = ScriptedEngines()
    journal = Journal(tmp_path / "journal.jsonl", {})
    pace = Pace(boot_seconds=20, tokens_per_second=60)
    bench = Bench(
        engines=engines, journal=journal, pace=pace, progress=Heard(), clock=engines.clock
    )
    assert bench.measure(plan(known))
    assert len(set(engines.started_names)) == len(engines.started_names) == len(plan(known))


def test_the_machine_is_read_from_profile_and_flags() -> None:
    machine = machine_of(
        Hardware(kind="cpu", name="a processor", count=2),
        KNOWN_MODELS["HuggingFaceTB/SmolLM2-135M-Instruct"],
        profile="auto",
        model="m",
        flags=("--max-num-seqs", "4", "--load-format", "dummy"),
        is_quick=True,
        checkpoints={},
    )
    assert (machine.profile, machine.max_num_seqs, machine.max_num_queued_reqs) == ("cpu", 4, 64)
    assert machine.has_dummy_weights
    assert machine.max_position_embeddings == 8192
