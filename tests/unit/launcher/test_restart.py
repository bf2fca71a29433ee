from __future__ import annotations

from itertools import accumulate

from backend.launcher.restart import RestartPolicy

FAR_APART = 200.0


def test_the_back_off_begins_at_one_second_doubles_and_ends_at_a_minute() -> None:
    crashes = [FAR_APART * number for number in range(9)]
    delays = [RestartPolicy().delay_seconds(crashes[: n + 1]) for n in range(9)]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_three_crashes_in_five_minutes_are_a_crash_loop() -> None:
    assert RestartPolicy().delay_seconds([0.0, 150.0, 300.0]) is None


def test_three_crashes_in_more_than_five_minutes_are_none() -> None:
    assert RestartPolicy().delay_seconds([0.0, 150.0, 301.0]) == 4


def test_an_engine_that_takes_minutes_to_fail_is_never_hammered() -> None:
    crashes = list(accumulate([170.0] * 2000))
    assert RestartPolicy().delay_seconds(crashes) == 60
