"""The parts of a claim, and the one place where they become a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.bench.tips.plan import NUM_REPEATS, Configuration
from backend.bench.tips.results import Results, Verdict
from backend.bench.tips.spread import Spread, are_apart
from backend.bench.tips.workloads import Workload

VerdictOf = Callable[[Results], Verdict]
OUTPUT_RATE = "output_tokens_per_second"


@dataclass(frozen=True, slots=True)
class Point:
    """One workload on one engine."""

    engine: Configuration
    workload: Workload


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a claim: whether it holds (`None`: not measurable), and what was measured.

    `rests_on`: the runs behind it. `is_noise`: two measurements that had to be told apart are not.
    """

    holds: bool | None
    measured: str
    rests_on: tuple[Spread, ...] = ()
    is_noise: bool = False

    def __str__(self) -> str:
        num_runs = min((spread.num_runs for spread in self.rests_on), default=NUM_REPEATS)
        if num_runs >= NUM_REPEATS:
            return self.measured
        return f"{self.measured} (rests on {num_runs} {'run' if num_runs == 1 else 'runs'})"


def compared(one: Spread, other: Spread, *, holds: bool, measured: str) -> Part:
    """A part that says which of two is better. Where a run of one lies among the other's, none is.

    Three runs on a busy machine easily differ by as much as they would show.
    """
    runs = (one, other)
    if are_apart(one, other):
        return Part(holds, measured, runs)
    overlap = f"{measured}; the runs overlap, so they show nothing"
    return Part(None, overlap, runs, is_noise=True)


def decide(parts: Sequence[Part]) -> Verdict:
    """The verdict on all parts together: none holds beside one that is noise."""
    measured = "; ".join(map(str, parts)) + "."
    known = [part.holds for part in parts if part.holds is not None]
    if not all(known):
        return Verdict("does not hold", measured)
    if not known or any(part.is_noise for part in parts):
        return Verdict("not measurable here", measured)
    return Verdict("holds", measured)
