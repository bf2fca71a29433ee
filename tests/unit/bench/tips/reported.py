"""A report on what scripted engines did, as a bench would write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.bench.tips.experiments import experiments
from backend.bench.tips.limits import Limit
from backend.bench.tips.plan import plan
from backend.bench.tips.report import Report
from backend.bench.tips.results import Numbers, Results
from backend.bench.tips.workloads import Workload
from tests.unit.bench.tips.machines import QUICK_CPU


def report(
    *,
    note: str = "",
    is_complete: bool = True,
    left: str = "",
    failed: Mapping[str, str] | None = None,
) -> Report:
    """All experiments, every number known but those of the engine `left`.

    The first engine's start failed where `note` says so; all runs of the experiments in `failed`,
    by their ids, for the reasons there.
    """
    known = experiments(QUICK_CPU)
    runs: dict[tuple[str, Workload], tuple[Numbers, ...]] = {}
    lost = {
        (arm.configuration.key, workload): (reason,)
        for id_, reason in (failed or {}).items()
        for experiment in known
        if experiment.id == id_
        for arm in experiment.arms
        for workload in arm.workloads
    }
    boots: dict[str, Mapping[str, Any]] = {}
    for boot in plan(known):
        key = boot.configuration.key
        if boot.configuration.name == left:
            continue
        boots[key] = {
            "num_kv_cache_tokens": 46592,
            "num_users_fit": 5.7,
            "weights_gib": 0.25,
            "flags": ["--model", "/home/somebody/model"],
        }
        for run in boot.runs:
            place = (key, run.workload)
            if place in lost:
                continue
            runs[place] = (*runs.get(place, ()), _numbers(1 + run.repeat / 10))
    failures = {plan(known)[0].configuration.key: note} if note else {}
    return Report(
        on={"hardware": "2 × a processor", "engine": "vLLM 0.32.0", "date": "2026-11-30"},
        experiments=known,
        results=Results(runs, boots, failures, lost),
        limits=[Limit(name="decode", limit="≥ 40 ms", measured="60 ms", beside="1.5 × the floor")],
        is_complete=is_complete,
    )


def _numbers(factor: float) -> dict[str, Any]:
    names = (
        *("output_tokens_per_second", "ttft_seconds", "ttft_p99_seconds", "tpot_seconds"),
        *("latency_seconds", "answered_seconds", "cached_share", "loss"),
    )
    counted = {"num_failed": 0, "num_preemptions": 2, "num_answered": 64, "num_refused": 64}
    return dict.fromkeys(names, factor) | counted
