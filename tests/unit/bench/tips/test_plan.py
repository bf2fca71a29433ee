"""The plan starts each engine once, measures each run once, and leaves out what is done."""

from __future__ import annotations

import pytest

from backend.bench.tips.plan import left_of, only, plan, without_restarts
from tests.unit.bench.tips.scripted import ONE, OWN, engine, experiment, names_of, users


def test_experiments_with_equal_flags_share_an_engine() -> None:
    boots = plan(
        [
            experiment("a", (ONE, (users(1),)), (OWN, (users(1),))),
            experiment("b", (engine("another name"), (users(8),))),
        ]
    )
    assert names_of(boots) == ["one", "own"]
    assert [run.workload for run in boots[1].runs] == [users(1)] * 3 + [users(8)] * 3


def test_a_run_that_two_experiments_want_is_measured_once() -> None:
    boots = plan([experiment("a", (OWN, (users(1),))), experiment("b", (OWN, (users(1),)))])
    assert [run.repeat for run in boots[0].runs] == [0, 1, 2]


def test_the_repeats_of_workloads_take_turns() -> None:
    [boot] = plan([experiment("a", (OWN, (users(1), users(8))))])
    assert [(run.workload.x, run.repeat) for run in boot.runs] == [
        (1, 0),
        (8, 0),
        (1, 1),
        (8, 1),
        (1, 2),
        (8, 2),
    ]


def test_runs_of_different_engines_workloads_and_repeats_have_different_keys() -> None:
    boots = plan([experiment("a", (OWN, (users(1), users(8))), (ONE, (users(1), users(8))))])
    keys = [run.key for boot in boots for run in boot.runs]
    assert len(set(keys)) == len(keys) == 12


def test_what_is_done_is_left_out() -> None:
    boots = plan([experiment("a", (OWN, (users(1),)), (ONE, (users(1),)))])
    done = {boots[0].key, *(run.key for run in boots[0].runs), boots[1].runs[0].key}
    [left] = left_of(boots, done.__contains__)
    assert (left.configuration, [run.repeat for run in left.runs]) == (ONE, [1, 2])


def test_what_failed_before_comes_last_of_its_engine() -> None:
    boots = plan([experiment("a", (OWN, (users(1),)), (ONE, (users(1),)))])
    left = left_of(boots, lambda _: False, {boots[0].runs[0].key}.__contains__)
    assert [(b.configuration, [run.repeat for run in b.runs]) for b in left] == [
        (OWN, [1, 2, 0]),
        (ONE, [0, 1, 2]),
    ]


def test_a_start_that_is_measured_itself_is_left_until_it_is_done() -> None:
    boots = plan([experiment("a", (OWN, ()))])
    assert left_of(boots, lambda _: False) == boots
    assert left_of(boots, {boots[0].key}.__contains__) == ()


def test_only_a_tip_or_only_an_experiment() -> None:
    known = [experiment("tip5-a", tip=5), experiment("tip5-b", tip=5), experiment("tip6-a", tip=6)]
    assert [e.id for e in only(known, ["tip5"])] == ["tip5-a", "tip5-b"]
    assert [e.id for e in only(known, ["tip5-b", "tip6"])] == ["tip5-b", "tip6-a"]
    assert len(only(known, [])) == 3


def test_a_tip_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="tip9"):
        only([experiment("tip5-a", tip=5)], ["tip5", "tip9"])


def test_an_engine_that_we_did_not_start_is_asked_nothing_that_needs_other_flags() -> None:
    asked, skipped = without_restarts(
        [experiment("possible", (OWN, (users(1),))), experiment("restarts", (OWN, ()), (ONE, ()))]
    )
    assert [e.id for e in asked] == ["possible"]
    assert [e.id for e in skipped] == ["restarts"]
