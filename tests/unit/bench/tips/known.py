"""Results as tests write them down: what is known of engines and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.bench.tips.plan import Configuration
from backend.bench.tips.results import Results
from backend.bench.tips.workloads import Workload

Runs = Mapping[tuple[Configuration, Workload], list[dict[str, Any]]]


def results(
    runs: Runs,
    boots: Mapping[Configuration, dict[str, Any]] | None = None,
    failures: Mapping[Configuration, str] | None = None,
    run_failures: Mapping[tuple[Configuration, Workload], str] | None = None,
) -> Results:
    return Results(
        {(e.key, w): tuple(numbers) for (e, w), numbers in runs.items()},
        {e.key: numbers for e, numbers in (boots or {}).items()},
        {e.key: why for e, why in (failures or {}).items()},
        {(e.key, w): (why,) for (e, w), why in (run_failures or {}).items()},
    )


def rates(*values: float) -> list[dict[str, Any]]:
    return [{"output_tokens_per_second": value} for value in values]


def ttfts(*values: float, **more: float) -> list[dict[str, Any]]:
    return [{"ttft_seconds": value, **more} for value in values]
