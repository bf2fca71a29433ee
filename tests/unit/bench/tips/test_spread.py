"""Several runs become a median with the least and the greatest beside it."""

from __future__ import annotations

import pytest

from backend.bench.tips.spread import Spread, are_apart, number, ratio_of, spread_of


@pytest.mark.parametrize(
    ("values", "spread"),
    [
        ([3.0, 1.0, 2.0], Spread(2.0, 1.0, 3.0, 3)),
        ([4.0, 1.0, 2.0, 3.0], Spread(2.5, 1.0, 4.0, 4)),
        ([7.0], Spread(7.0, 7.0, 7.0, 1)),
        ([5.0, None, 1.0], Spread(3.0, 1.0, 5.0, 2)),
    ],
)
def test_the_median_and_the_ends_of_known_data(values: list[float], spread: Spread) -> None:
    assert spread_of(values) == spread


@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_known_is_no_spread(values: list[float | None]) -> None:
    assert spread_of(values) is None


def test_a_ratio_reaches_from_the_worst_to_the_best_pair_of_runs() -> None:
    ratio = ratio_of(Spread(300, 240, 320, 3), Spread(100, 80, 120, 3))
    assert (ratio.median, ratio.low, ratio.high) == (3.0, 2.0, 4.0)


def test_values_that_overlap_are_not_apart() -> None:
    assert not are_apart(Spread(10, 8, 12, 3), Spread(13, 11, 15, 3))
    assert are_apart(Spread(10, 8, 12, 3), Spread(14, 13, 15, 3))
    assert are_apart(Spread(14, 13, 15, 3), Spread(10, 8, 12, 3))


def test_spreads_are_written_with_three_digits_that_count() -> None:
    assert str(Spread(11706.4, 11550, 12000, 3)) == "11,706 (11,550–12,000)"
    assert str(Spread(0.4567, 0.4567, 0.4567, 1)) == "0.457"
    assert number(28.06) == "28.1"
