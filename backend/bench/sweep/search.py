"""Which setting to try next: one flag after the other, by factors of two, as long as it helps.

Each try is an engine's start, so a whole grid is out of reach; the flags hardly depend on each
other (a batch's size, a step's size, a stream's chunks).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.bench.sweep.goal import Goal, Point
from backend.bench.sweep.setting import Setting
from backend.bench.tips.spread import are_apart

FLAGS = ("max_num_seqs", "max_num_batched_tokens", "stream_interval")
LEAST_GAIN = 1.03  # less is not worth a change
Measure = Callable[[Setting], Point | None]
"""What a setting does; `None` where its engine fails."""


class OutOfTimeError(Exception):
    """The time that was given is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """All that was tried, and the setting that it came to: `None` where not even the start runs.

    Not that with the best median of all, which of many that are equal is the luckiest.
    `is_finished`: whether there was time for all of it.
    """

    points: tuple[Point, ...]
    best: Point | None
    is_finished: bool


def search(start: Setting, goal: Goal, measure: Measure) -> Climbed:
    """Climb from a start on.

    Args:
        start: the profile's own values.
        goal: decides what is better.
        measure: starts an engine and puts the load to it; raises `OutOfTimeError`.
    """
    climb = _Climb(goal, measure)
    try:
        climb.go(start)
    except OutOfTimeError:
        is_finished = False
    else:
        is_finished = True
    points = tuple(point for point in climb.tried.values() if point is not None)
    return Climbed(points=points, best=climb.best, is_finished=is_finished)


class _Climb:
    """Where a search stands, each setting measured once."""

    def __init__(self, goal: Goal, measure: Measure) -> None:
        self._goal, self._measure = goal, measure
        self.tried: dict[Setting, Point | None] = {}
        self.best: Point | None = None

    def go(self, start: Setting) -> None:
        """One flag after the other, upwards or downwards."""
        self._is_step(start)
        for name in FLAGS:
            if not self._goes_on(name, 2):  # else downwards is where it came from
                self._goes_on(name, 0.5)

    def _goes_on(self, name: str, factor: float) -> bool:
        """Go on in one direction while it gets better; whether it did."""
        before = self.best
        while self.best is not None and self._is_step(self.best.setting.times(name, factor)):
            pass
        return self.best is not before

    def _is_step(self, setting: Setting | None) -> bool:
        """Whether a setting is better than the best so far, and then is the best."""
        if setting is None:
            return False
        if setting not in self.tried:
            self.tried[setting] = self._measure(setting)
        point = self.tried[setting]
        if point is None or (
            self.best is not None and not _is_better(self._goal, point, self.best)
        ):
            return False
        self.best = point
        return True


def _is_better(goal: Goal, point: Point, best: Point) -> bool:
    if goal.is_met(point) != goal.is_met(best):
        return goal.is_met(point)
    if not are_apart(goal.measured(point), goal.measured(best)):
        return False
    if goal.is_met(best):
        return goal.score(point) > goal.score(best) * LEAST_GAIN
    return goal.excess(point) * LEAST_GAIN < goal.excess(best)
