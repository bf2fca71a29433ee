"""Which setting to try next: one flag after the other, by factors of two, as long as it helps.

Each try is an engine's start, so a whole grid is out of reach; the flags hardly depend on each
other (a batch's size, a step's size, a stream's chunks).
"""

from __future__ import annotations

from collections.abc import Callable

from backend.bench.sweep.goal import Goal, Point
from backend.bench.sweep.setting import Setting

FLAGS = ("max_num_seqs", "max_num_batched_tokens", "stream_interval")
LEAST_GAIN = 1.03  # less is noise
Measure = Callable[[Setting], Point | None]
"""What a setting does; `None` where its engine fails."""


def search(start: Setting, goal: Goal, measure: Measure) -> list[Point]:
    """All that was tried from a start on; empty where not even that could be measured.

    Args:
        start: the profile's own values.
        goal: decides what is better.
        measure: starts an engine and puts the load to it.
    """
    tried: dict[Setting, Point | None] = {}

    def look(setting: Setting) -> Point | None:
        if setting not in tried:
            tried[setting] = measure(setting)
        return tried[setting]

    best = look(start)
    if best is None:
        return []
    for name in FLAGS:
        for factor in (2, 0.5):
            climbed = _climb(best, name, factor, goal, look)
            if climbed is not best:
                best = climbed
                break  # it got better upwards, so downwards is where it came from
    return [point for point in tried.values() if point is not None]


def _climb(best: Point, name: str, factor: float, goal: Goal, look: Measure) -> Point:
    """Go on in one direction while it gets better."""
    while (setting := best.setting.times(name, factor)) is not None:
        point = look(setting)
        if point is None or not _is_better(goal, point, best):
            break
        best = point
    return best


def _is_better(goal: Goal, point: Point, best: Point) -> bool:
    if goal.is_met(point) != goal.is_met(best):
        return goal.is_met(point)
    if goal.is_met(best):
        return goal.score(point) > goal.score(best) * LEAST_GAIN
    return goal.excess(point) * LEAST_GAIN < goal.excess(best)
