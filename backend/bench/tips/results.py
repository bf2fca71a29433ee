"""What was measured, as experiments and the report ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from backend.bench.tips.spread import Spread, spread_of

if TYPE_CHECKING:
    from backend.bench.tips.plan import Configuration
    from backend.bench.tips.workloads import Workload

Numbers = Mapping[str, Any]
NOT_REACHED = "not reached: the engine ended twice before"
Answer = Literal["holds", "does not hold", "not measurable here", "not measured yet", "no claim"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the guide's claim holds, and one sentence of what was measured, or why not."""

    answer: Answer
    measured: str


class MissingError(Exception):
    """A verdict needs what was not measured; `str()` says what and why."""


class Results:
    """Numbers by engine, workload and name.

    Args:
        runs: the numbers of each finished run, by the run's engine and workload.
        boots: what each start of an engine told, by its key: `num_kv_cache_tokens`,
            `weights_gib`, `max_model_len`, `health_seconds`.
        failures: why an engine did not start, by the same keys.
        run_failures: why each run failed that did, by the run's engine and workload.
    """

    def __init__(
        self,
        runs: Mapping[tuple[str, Workload], tuple[Numbers, ...]],
        boots: Mapping[str, Numbers],
        failures: Mapping[str, str],
        run_failures: Mapping[tuple[str, Workload], tuple[str, ...]] | None = None,
    ) -> None:
        self._runs, self._boots, self._failures = runs, boots, failures
        self._run_failures = run_failures or {}

    def find(self, engine: Configuration, workload: Workload, name: str) -> Spread | None:
        """A number of all runs; `None` where no run has it."""
        runs = self._runs.get((engine.key, workload), ())
        return spread_of([run.get(name) for run in runs])

    def get(self, engine: Configuration, workload: Workload, name: str) -> Spread:
        """The same.

        Raises:
            MissingError: no run has it.
        """
        found = self.find(engine, workload, name)
        if found is None:
            raise MissingError(self._why(engine, name, workload))
        return found

    def find_boot(self, engine: Configuration, name: str) -> float | None:
        """A number of an engine's start; `None` where it is not known."""
        value = self._boots.get(engine.key, {}).get(name)
        return None if value is None else float(value)

    def boot(self, engine: Configuration, name: str) -> float:
        """The same.

        Raises:
            MissingError: it is not known.
        """
        value = self.find_boot(engine, name)
        if value is None:
            raise MissingError(self._why(engine, name))
        return value

    def runs(self, engine: Configuration, workload: Workload) -> tuple[Numbers, ...]:
        """The numbers of each finished run."""
        return self._runs.get((engine.key, workload), ())

    def boot_numbers(self, engine: Configuration) -> Numbers:
        """All that a start told; empty where it did not come about."""
        return self._boots.get(engine.key, {})

    def flags(self, engine_key: str) -> tuple[str, ...]:
        """The whole command of an engine from the model on; empty where it is not known."""
        return tuple(self._boots.get(engine_key, {}).get("flags") or ())

    def failure(self, engine: Configuration, *workloads: Workload) -> str | None:
        """Why an engine did not start, or why a run of these workloads failed; `None`: neither."""
        if told := self._failures.get(engine.key):
            return told
        places = [(engine.key, workload) for workload in workloads]
        reasons = [why for place in places for why in self._run_failures.get(place, ())]
        return min(reasons, key=lambda why: why == NOT_REACHED, default=None)

    def _why(self, engine: Configuration, name: str, *workloads: Workload) -> str:
        failure = self.failure(engine, *workloads)
        what = name.replace("_", " ")
        return f"{engine.name}: {failure}" if failure else f"{engine.name}: no {what}"


def judge(verdict: Callable[[Results], Verdict], results: Results, not_measurable: str) -> Verdict:
    """The verdict, or why there is none."""
    if not_measurable:
        return Verdict("not measurable here", not_measurable)
    try:
        return verdict(results)
    except MissingError as missing:
        return Verdict("not measurable here", f"{missing}.")
