"""What is started and measured, in which order: pure, so that it can be shown and resumed.

Experiments name engines and workloads. Where several ask for the same engine, it starts once; where
they ask for the same run of it, it is measured once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from backend.bench.tips.results import Results, Verdict
from backend.bench.tips.workloads import Workload

NUM_REPEATS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """An engine: flags after the profile's. Without any it is the profile's own.

    `name` is for people; `model` in place of the bench's own. Equal flags are the same engine,
    whatever its names.
    """

    name: str
    flags: tuple[str, ...] = ()
    model: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the profile as it stands, so also whatever runs at a given URL."""
        return not self.flags and self.model is None

    @property
    def key(self) -> str:
        """What is equal for equal engines."""
        return json.dumps([self.model, *self.flags])


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What a plot of an experiment shows: a number by its name, and the axes' words."""

    number: str
    label: str
    x_label: str
    of_boot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An engine of an experiment, and what it is asked there."""

    configuration: Configuration
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is compared for one tip, and what decides whether the guide's claim holds.

    `not_measurable`: why this machine cannot say, if it cannot; what runs all the same is shown.
    """

    id: str
    tip: int
    title: str
    claim: str
    arms: tuple[Arm, ...]
    axes: tuple[Axis, ...]
    verdict: Callable[[Results], Verdict]
    not_measurable: str = ""
    num_repeats: int = NUM_REPEATS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One workload once on one engine."""

    configuration: Configuration
    workload: Workload
    repeat: int

    @property
    def key(self) -> str:
        """Names the run in the journal."""
        workload = {"kind": type(self.workload).__name__, **asdict(self.workload)}
        return f"{self.configuration.key} {json.dumps(workload, sort_keys=True)} {self.repeat}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """One engine and all that is asked of it while it is up."""

    configuration: Configuration
    runs: tuple[Run, ...]

    @property
    def key(self) -> str:
        """Names the start in the journal."""
        return f"{self.configuration.key} boot"


def plan(experiments: Iterable[Experiment]) -> tuple[Boot, ...]:
    """The engines in the experiments' order, each with all its runs, each run once.

    Repeats of all workloads take turns, so that a machine that grows slower hits all alike.
    """
    boots: dict[str, tuple[Configuration, dict[str, Run]]] = {}
    for experiment in experiments:
        for arm in experiment.arms:
            engine, runs = boots.setdefault(arm.configuration.key, (arm.configuration, {}))
            for repeat in range(experiment.num_repeats):
                for workload in arm.workloads:
                    run = Run(configuration=engine, workload=workload, repeat=repeat)
                    runs.setdefault(run.key, run)
    return tuple(
        Boot(configuration=configuration, runs=tuple(runs.values()))
        for configuration, runs in boots.values()
    )


def left_of(
    boots: Iterable[Boot],
    done: Callable[[str], bool],
    failed: Callable[[str], bool] = lambda _: False,
) -> tuple[Boot, ...]:
    """What a journal does not have yet. An engine whose runs are all there is not started again.

    What failed before comes last of its engine: it may be what the engine dies of.
    """
    left = []
    for boot in boots:
        runs = [run for run in boot.runs if not done(run.key)]
        if runs or not done(boot.key):
            runs.sort(key=lambda run: failed(run.key))
            left.append(replace(boot, runs=tuple(runs)))
    return tuple(left)


def only(experiments: Iterable[Experiment], wanted: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments of these tips (`tip5`) or of these ids; all where none is named.

    Raises:
        ValueError: a name that none has; `str()` is that name.
    """
    known = tuple(experiments)
    for name in wanted:
        if not any(name in (f"tip{e.tip}", e.id) for e in known):
            raise ValueError(name)
    return tuple(e for e in known if not wanted or {f"tip{e.tip}", e.id} & set(wanted))


def without_restarts(
    experiments: Iterable[Experiment],
) -> tuple[tuple[Experiment, ...], tuple[Experiment, ...]]:
    """What an engine that we did not start can be asked, and what needs other flags."""
    known = tuple(experiments)
    possible = tuple(
        e for e in known if not e.not_measurable and all(arm.configuration.is_own for arm in e.arms)
    )
    return possible, tuple(e for e in known if e not in possible)
