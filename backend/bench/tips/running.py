"""Goes through a plan: starts each engine, measures its runs, keeps what came of each at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.bench.launched import BootFailedError
from backend.bench.tips.engines import Engine, Engines
from backend.bench.tips.journal import Journal
from backend.bench.tips.measuring import RunFailedError
from backend.bench.tips.pace import Pace
from backend.bench.tips.plan import Boot, left_of
from backend.bench.tips.workloads import RandomPrompts

ENDED = "the engine ended in the middle"


class Progress(Protocol):
    """Is told how far a bench is."""

    def tell(self, what: str, num_left: int, seconds_left: float) -> None:
        """What begins now, runs left, and about how long all of it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Measures a plan.

    Args:
        engines: where they come from.
        journal: what has been measured, and what is.
        pace: how long things take.
        progress: is told.
        ends_at: by the clock; nothing begins that would not be over by then. `None`: no limit.
        clock: monotonic seconds.
    """

    engines: Engines
    journal: Journal
    pace: Pace
    progress: Progress
    ends_at: float | None = None
    clock: Callable[[], float] = time.monotonic

    def measure(self, boots: Sequence[Boot]) -> bool:
        """Measure what the journal does not have; whether all of it was tried.

        Raises:
            NoSpaceError: the journal's disk is full.
        """
        left = left_of(boots, self.journal.is_done)
        self._learn(boots)
        for place, boot in enumerate(left):
            if not self._is_time_for(self.pace.boot() + sum(map(self.pace.run, boot.runs[:1]))):
                return False
            if not self._boot(boot, left[place:]):
                return False
        return True

    def _learn(self, boots: Sequence[Boot]) -> None:
        """How long it took before a break."""
        for boot in boots:
            if (seconds := self.journal.seconds(boot.key)) is not None:
                self.pace.booted(seconds)
            for run in boot.runs:
                if (seconds := self.journal.seconds(run.key)) is not None:
                    self.pace.ran(run, seconds)

    def _boot(self, boot: Boot, left: Sequence[Boot]) -> bool:
        """One engine and its runs; whether there was time for all of them."""
        name = boot.configuration.name
        self._tell(f"{name}: starting", left)
        began_at = self.clock()
        try:
            with self.engines.started(boot.configuration, _loads(boot)) as (engine, told):
                seconds = self.clock() - began_at
                self.pace.booted(seconds)
                self.journal.finished(boot.key, told, seconds)
                return self._runs(engine, boot, left)
        except BootFailedError as error:
            self.journal.failed(boot.key, error.reason)
        except RunFailedError as error:  # the warm-up
            self.journal.failed(boot.key, str(error))
        return True

    def _runs(self, engine: Engine, boot: Boot, left: Sequence[Boot]) -> bool:
        for place, run in enumerate(boot.runs):
            if not self._is_time_for(self.pace.run(run)):
                return False
            rest = replace(boot, runs=boot.runs[place:])
            self._tell(
                f"{boot.configuration.name}: {run.workload.words}, run {run.repeat + 1}",
                (rest, *left[1:]),
            )
            began_at = self.clock()
            try:
                numbers = engine.measure(run.workload, run.repeat)
            except RunFailedError as error:
                self.journal.failed(run.key, str(error))
                if not engine.is_alive():
                    for lost in boot.runs[place:]:
                        self.journal.failed(lost.key, ENDED)
                    return True
            else:
                seconds = self.clock() - began_at
                self.pace.ran(run, seconds)
                self.journal.finished(run.key, numbers, seconds)
        return True

    def _is_time_for(self, seconds: float) -> bool:
        return self.ends_at is None or self.clock() + seconds <= self.ends_at

    def _tell(self, what: str, left: Sequence[Boot]) -> None:
        num_left = sum(len(boot.runs) for boot in left)
        self.progress.tell(what, num_left, self.pace.seconds(left))


def _loads(boot: Boot) -> tuple[RandomPrompts, ...]:
    """What it is asked by many users at once, each load once."""
    loads = (run.workload for run in boot.runs)
    return tuple(dict.fromkeys(load for load in loads if isinstance(load, RandomPrompts)))
