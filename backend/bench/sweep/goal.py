"""What makes one engine better than another, and which of many nobody beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backend.bench.sweep.setting import Setting
from backend.bench.tips.spread import Spread, number

GoalName = Literal["latency", "throughput"]

REPLY_TOKENS = 256  # a usual reply, for the seconds that people wait for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one engine did under the load."""

    setting: Setting
    tokens_per_second: Spread
    ttft_seconds: Spread
    tpot_seconds: Spread

    @property
    def reply_seconds(self) -> float:
        """Until a usual reply is complete: TTFT and its tokens' time."""
        return self.reply.median

    @property
    def reply(self) -> Spread:
        """The same from the quickest to the slowest that its runs allow."""
        ttft, tpot = self.ttft_seconds, self.tpot_seconds
        return Spread(
            ttft.median + REPLY_TOKENS * tpot.median,
            ttft.low + REPLY_TOKENS * tpot.low,
            ttft.high + REPLY_TOKENS * tpot.high,
            min(ttft.num_runs, tpot.num_runs),
        )

    def __str__(self) -> str:
        return (
            f"{number(self.tokens_per_second.median)} tok/s, first token after "
            f"{number(self.ttft_seconds.median)} s, {number(1 / self.tpot_seconds.median)} tok/s "
            "for each"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The quickest replies, or the most tokens, with nobody waiting longer than this.

    `most_tpot_seconds`: between two tokens of one person's reply.
    """

    name: GoalName
    most_ttft_seconds: float
    most_tpot_seconds: float

    def excess(self, point: Point) -> float:
        """How many times beyond the stricter of both limits; 1 and less: it meets them."""
        return self._excess(point.ttft_seconds.median, point.tpot_seconds.median)

    def is_met(self, point: Point) -> bool:
        """Whether nobody waits too long."""
        return self.excess(point) <= 1

    def score(self, point: Point) -> float:
        """More is better: what the goal asks for or, where it is not met, how near it is.

        A goal that is met is always better than one that is not.
        """
        excess = self.excess(point)
        if excess > 1:
            return 1 / excess - 1  # −1 to 0
        if self.name == "throughput":
            return point.tokens_per_second.median
        return 1 / point.reply_seconds

    def measured(self, point: Point) -> Spread:
        """The number that the score is of, in all runs."""
        if not self.is_met(point):
            ttft, tpot = point.ttft_seconds, point.tpot_seconds
            return Spread(
                self.excess(point),
                self._excess(ttft.low, tpot.low),
                self._excess(ttft.high, tpot.high),
                min(ttft.num_runs, tpot.num_runs),
            )
        return point.tokens_per_second if self.name == "throughput" else point.reply

    @property
    def limits(self) -> str:
        """Both limits in words."""
        return (
            f"a first token within {number(self.most_ttft_seconds)} s and "
            f"{number(1 / self.most_tpot_seconds)} tok/s for each"
        )

    def _excess(self, ttft_seconds: float, tpot_seconds: float) -> float:
        return max(ttft_seconds / self.most_ttft_seconds, tpot_seconds / self.most_tpot_seconds)


def default_goal(
    name: GoalName, most_ttft_seconds: float | None = None, most_tpot_seconds: float | None = None
) -> Goal:
    """A goal with limits that people bear: at once and faster than one reads, or at all."""
    ttft, tpot = (1.0, 0.05) if name == "latency" else (10.0, 0.2)
    return Goal(
        name=name,
        most_ttft_seconds=most_ttft_seconds or ttft,
        most_tpot_seconds=most_tpot_seconds or tpot,
    )


def front(points: Sequence[Point]) -> list[Point]:
    """The Pareto front: those that no other beats in tokens a second and in reply time at once.

    Quickest replies first.
    """
    ordered = sorted(points, key=lambda p: (p.reply_seconds, -p.tokens_per_second.median))
    kept: list[Point] = []
    for point in ordered:
        if not kept or point.tokens_per_second.median > kept[-1].tokens_per_second.median:
            kept.append(point)
    return kept
