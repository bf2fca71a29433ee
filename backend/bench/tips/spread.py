"""Several runs as one number: the median, with the least and the greatest beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some runs, and how far they lie apart."""

    median: float
    low: float
    high: float
    num_runs: int

    def __str__(self) -> str:
        if self.low == self.high:
            return number(self.median)
        return f"{number(self.median)} ({number(self.low)}–{number(self.high)})"


def spread_of(values: Sequence[float | None]) -> Spread | None:
    """The spread of the values that are known; `None` where none is."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Spread(median(known), min(known), max(known), len(known))


def ratio_of(above: Spread, below: Spread) -> Spread:
    """The ratio of both medians, from the worst to the best pair of runs.

    Raises:
        ZeroDivisionError: a value of `below` is 0.
    """
    return Spread(
        above.median / below.median,
        above.low / below.high,
        above.high / below.low,
        min(above.num_runs, below.num_runs),
    )


def are_apart(one: Spread, other: Spread) -> bool:
    """Whether no run of one lies among the other's: then the difference is more than noise."""
    return one.low > other.high or other.low > one.high


def number(value: float) -> str:
    """Three digits that count; from 1,000 on whole."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
