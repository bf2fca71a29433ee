"""Goes through a plan: starts each engine, measures its runs, keeps what came of each at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from backend.bench.launched import BootFailedError
from backend.bench.tips.engines import Engine, Engines
from backend.bench.tips.journal import Journal
from backend.bench.tips.measuring import RunFailedError
from backend.bench.tips.overdue import OverdueError, at_most
from backend.bench.tips.pace import Pace
from backend.bench.tips.plan import Boot, Run, left_of
from backend.bench.tips.results import NOT_REACHED
from backend.bench.tips.workloads import RandomPrompts

ENDED = "the engine ended in the middle"
MOST_STARTS = 2  # of one engine in one bench
# What takes longer has hung.
MOST_START_SECONDS = 1200.0
LEAST_RUN_SECONDS, RUN_TIMES = 600.0, 10


class Progress(Protocol):
    """Is told how far a bench is."""

    def tell(self, what: str, num_left: int, seconds_left: float) -> None:
        """What begins now, runs left, and about how long all of it takes."""


class _OutOfTimeError(Exception):
    """What is next would not be over in time."""


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
        at_most: ends a block after so many seconds.
    """

    engines: Engines
    journal: Journal
    pace: Pace
    progress: Progress
    ends_at: float | None = None
    clock: Callable[[], float] = time.monotonic
    at_most: Callable[[float], AbstractContextManager[None]] = at_most

    def measure(self, boots: Sequence[Boot]) -> bool:
        """Measure what the journal does not have; whether there was time for all of it.

        Raises:
            NoSpaceError: the journal's disk is full.
        """
        left = left_of(boots, self.journal.is_done, self.journal.has_failed)
        self._learn(boots)
        try:
            for place, boot in enumerate(left):
                self._engine(boot, left[place + 1 :])
        except _OutOfTimeError:
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

    def _engine(self, boot: Boot, later: Sequence[Boot]) -> None:
        """One engine and its runs. If it dies, it is started once more for those after."""
        for _ in range(MOST_STARTS):
            self._check_time(self.pace.boot() + sum(map(self.pace.run, boot.runs[:1])))
            boot = replace(boot, runs=self._boot(boot, later))
            if not boot.runs:
                return
        for run in boot.runs:
            if not self.journal.has_failed(run.key):
                self.journal.failed(run.key, NOT_REACHED)

    def _boot(self, boot: Boot, later: Sequence[Boot]) -> tuple[Run, ...]:
        """One start and its runs; those that the engine's death left."""
        self._tell("starting", boot, later, self.pace.boot())
        began_at = self.clock()
        try:
            with ExitStack() as up:
                started = self.engines.started(boot.configuration, _loads(boot))
                with self.at_most(MOST_START_SECONDS):
                    engine, told = up.enter_context(started)
                seconds = self.clock() - began_at
                self.pace.booted(seconds)
                self.journal.finished(boot.key, told, seconds)
                return self._runs(engine, boot, later)
        except BootFailedError as error:
            self._did_not_start(boot, error.reason)
        except (RunFailedError, OverdueError) as error:  # the warm-up
            self._did_not_start(boot, str(error))
        return ()

    def _did_not_start(self, boot: Boot, reason: str) -> None:
        """What an earlier start told stays known: then the reason is that of the runs."""
        runs = boot.runs if self.journal.is_done(boot.key) else ()
        for key in [run.key for run in runs] or [boot.key]:
            self.journal.failed(key, reason)

    def _runs(self, engine: Engine, boot: Boot, later: Sequence[Boot]) -> tuple[Run, ...]:
        for place, run in enumerate(boot.runs):
            self._check_time(self.pace.run(run))
            rest = replace(boot, runs=boot.runs[place:])
            self._tell(f"{run.workload.words}, run {run.repeat + 1}", rest, later)
            if not self._run(engine, run):
                return rest.runs[1:]
        return ()

    def _run(self, engine: Engine, run: Run) -> bool:
        """Keep what comes of a run; whether the engine lives after it, and not hangs."""
        numbers, failure = None, ""
        began_at = self.clock()
        try:
            with self.at_most(max(LEAST_RUN_SECONDS, RUN_TIMES * self.pace.run(run))):
                numbers = engine.measure(run.workload, run.repeat)
        except RunFailedError as error:
            failure = str(error)
        except OverdueError as error:
            self.journal.failed(run.key, str(error))
            return False
        seconds = self.clock() - began_at
        is_alive = engine.is_alive()
        if numbers is None or not is_alive:
            self.journal.failed(run.key, failure if is_alive else ENDED)
        else:
            self.pace.ran(run, seconds)
            self.journal.finished(run.key, numbers, seconds)
        return is_alive

    def _check_time(self, seconds: float) -> None:
        if self.ends_at is not None and self.clock() + seconds > self.ends_at:
            raise _OutOfTimeError

    def _tell(self, what: str, boot: Boot, later: Sequence[Boot], start_seconds: float = 0) -> None:
        """`start_seconds`: of `boot`, unless its engine is up."""
        num_left = sum(len(b.runs) for b in (boot, *later))
        seconds = start_seconds + sum(map(self.pace.run, boot.runs)) + self.pace.seconds(later)
        self.progress.tell(f"{boot.configuration.name}: {what}", num_left, seconds)


def _loads(boot: Boot) -> tuple[RandomPrompts, ...]:
    """What it is asked by many users at once, each load once."""
    loads = (run.workload for run in boot.runs)
    return tuple(dict.fromkeys(load for load in loads if isinstance(load, RandomPrompts)))
