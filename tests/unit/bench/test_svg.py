"""An axis has round values, the last of them no less than what is shown."""

from __future__ import annotations

import pytest

from backend.bench.svg import ticks


@pytest.mark.parametrize(
    ("greatest", "marks"),
    [
        (106, [0, 25, 50, 75, 100, 125]),
        (9_811, [0, 2_000, 4_000, 6_000, 8_000, 10_000]),
        (870_672, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000]),
        (0.525, [0, 0.2, 0.4, 0.6]),
        (5, [0, 1, 2, 3, 4, 5]),
        (5.01, [0, 2, 4, 6]),
        (0, [0, 1]),
    ],
)
def test_an_axis_has_round_values(greatest: float, marks: list[float]) -> None:
    assert ticks(greatest) == pytest.approx(marks)
