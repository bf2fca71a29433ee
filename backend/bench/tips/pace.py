"""How long what is left will take, learnt from what was done."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from backend.bench.tips.plan import Boot, Run
from backend.bench.tips.workloads import Workload
from backend.launcher.hardware import Hardware


class Pace:
    """Seconds of starts and runs: guessed first, then from those that are over.

    Args:
        boot_seconds: the first guess of a start.
        tokens_per_second: the first guess of a run's pace; see `Workload.num_tokens`.
    """

    def __init__(self, *, boot_seconds: float, tokens_per_second: float) -> None:
        self._boot_seconds = boot_seconds
        self._tokens_per_second = tokens_per_second
        self._boots: list[float] = []
        self._same: dict[Workload, list[float]] = {}
        self._run_seconds = 0.0
        self._run_tokens = 0.0

    def booted(self, seconds: float) -> None:
        """A start is over."""
        self._boots.append(seconds)

    def ran(self, run: Run, seconds: float) -> None:
        """A run is over."""
        self._same.setdefault(run.workload, []).append(seconds)
        self._run_seconds += seconds
        self._run_tokens += run.workload.num_tokens

    def boot(self) -> float:
        """Seconds of the next start."""
        return median(self._boots) if self._boots else self._boot_seconds

    def run(self, run: Run) -> float:
        """Seconds of a run: as the same load took elsewhere, else by its tokens."""
        if same := self._same.get(run.workload):
            return median(same)
        if not self._run_seconds:
            return run.workload.num_tokens / self._tokens_per_second
        return run.workload.num_tokens * self._run_seconds / self._run_tokens

    def seconds(self, boots: Iterable[Boot]) -> float:
        """Seconds of all this."""
        return sum(self.boot() + sum(map(self.run, boot.runs)) for boot in boots)


def pace_of(hardware: Hardware) -> Pace:
    """First guesses: the demo's model on two quiet cores, or Qwen3-4B on one H100.

    Sources: docs/measurements/tips.md, docs/measurements/h100.md.
    """
    if hardware.kind == "gpu":
        return Pace(boot_seconds=110, tokens_per_second=3000)
    return Pace(boot_seconds=25, tokens_per_second=60)
