"""What a bench found: verdicts, a summary in Markdown, raw JSON; `page` makes HTML of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.bench.tips.files import write_whole
from backend.bench.tips.limits import Limit
from backend.bench.tips.plan import Arm, Experiment
from backend.bench.tips.plots import plots
from backend.bench.tips.results import NOT_REACHED, Results, Verdict, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a bench found.

    Args:
        on: hardware, versions, date, command, in the order in which they are told.
        experiments: in the tips' order.
        skipped: experiments that this engine could not be asked, all for the same reason.
        skipped_reason: that reason.
        results: of them.
        limits: beside what was measured.
        is_complete: whether all of it was tried.
    """

    on: Mapping[str, str]
    experiments: Sequence[Experiment]
    results: Results
    limits: Sequence[Limit] = ()
    skipped: Sequence[Experiment] = field(default=())
    skipped_reason: str = ""
    is_complete: bool = True

    def verdicts(self) -> list[tuple[Experiment, Verdict]]:
        """The verdict on each experiment, those that were skipped included."""
        judged = [(e, self._verdict(e)) for e in self.experiments]
        skipped = [(e, Verdict("not measurable here", self.skipped_reason)) for e in self.skipped]
        return sorted(judged + skipped, key=lambda pair: pair[0].tip)

    def write(self, folder: Path) -> None:
        """Write `summary.md`, `results.json` and a picture for each plot.

        Raises:
            NoSpaceError: the disk is full.
        """
        write_whole(folder / "results.json", json.dumps(self.as_json(), indent=1) + "\n")
        write_whole(folder / "summary.md", self.markdown())
        for experiment in self.experiments:
            for plot in plots(experiment, self.results):
                write_whole(folder / plot.name, plot.svg)

    def markdown(self) -> str:
        """The verdicts, the limits, and where all of it was measured."""
        lines = ["# The seven tips, measured", ""]
        lines += [f"- {name}: {value}" for name, value in self.on.items()]
        if not self.is_complete:
            lines += ["", "Not complete: the same command goes on."]
        lines += ["", "| tip | the guide says | verdict | we measured |", "|---|---|---|---|"]
        lines += [
            f"| {e.tip} {e.title} | {e.claim} | {v.answer} | {v.measured} |"
            for e, v in self.verdicts()
        ]
        if self.limits:
            lines += ["", "| limit | | measured | |", "|---|---|---|---|"]
            lines += [
                f"| {limit.name} | {limit.limit} | {limit.measured} | {limit.beside} |"
                for limit in self.limits
            ]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Plain data: verdicts, each run's numbers, each start's."""
        return {
            "on": dict(self.on),
            "is_complete": self.is_complete,
            "verdicts": [
                {"id": e.id, "tip": e.tip, "claim": e.claim, "answer": v.answer, "is": v.measured}
                for e, v in self.verdicts()
            ],
            "experiments": {e.id: self._arms_json(e) for e in self.experiments},
            "limits": [
                {"name": x.name, "limit": x.limit, "measured": x.measured, "beside": x.beside}
                for x in self.limits
            ],
        }

    def _verdict(self, experiment: Experiment) -> Verdict:
        """None is given on what a broken-off bench has not come to."""
        verdict = judge(experiment.verdict, self.results, experiment.not_measurable)
        missing = [self._left(arm) for arm in experiment.arms if not self._is_tried(arm)]
        if not missing or experiment.not_measurable:
            return verdict
        return Verdict("not measured yet", f"To be measured: {', '.join(missing)}.")

    def _is_tried(self, arm: Arm) -> bool:
        engine, results = arm.configuration, self.results
        return bool(results.failure(engine)) or all(
            results.runs(engine, workload)
            or results.failure(engine, workload) not in (None, NOT_REACHED)
            for workload in arm.workloads
        )

    def _left(self, arm: Arm) -> str:
        failure = self.results.failure(arm.configuration, *arm.workloads)
        return arm.configuration.name + (f" ({failure})" if failure == NOT_REACHED else "")

    def _arms_json(self, experiment: Experiment) -> list[dict[str, Any]]:
        return [
            {
                "engine": arm.configuration.name,
                "flags": list(arm.configuration.flags),
                "boot": {
                    name: value
                    for name, value in self.results.boot_numbers(arm.configuration).items()
                    if name != "flags"  # they hold this machine's paths
                },
                "failed": self.results.failure(arm.configuration, *arm.workloads),
                "runs": [
                    {
                        "workload": str(workload),
                        "numbers": list(self.results.runs(arm.configuration, workload)),
                    }
                    for workload in arm.workloads
                ],
            }
            for arm in experiment.arms
        ]
