"""A bench goes through its plan, whatever single engines and runs do."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bench.tips.journal import Journal
from backend.bench.tips.pace import Pace
from backend.bench.tips.plan import plan
from backend.bench.tips.results import NOT_REACHED
from backend.bench.tips.running import ENDED, LEAST_RUN_SECONDS, Bench
from tests.unit.bench.tips.scripted import (
    ONE,
    OWN,
    Heard,
    ScriptedEngines,
    experiment,
    users,
)

BOOTS = plan([experiment("a", (ONE, (users(1),)), (OWN, (users(1), users(8))))])


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl", {})


def bench(
    engines: ScriptedEngines, journal: Journal, heard: Heard, ends_at: float | None = None
) -> Bench:
    return Bench(
        engines=engines,
        journal=journal,
        pace=Pace(boot_seconds=20, tokens_per_second=1),
        progress=heard,
        ends_at=ends_at,
        clock=engines.clock,
        at_most=engines.at_most,
    )


def test_each_engine_starts_once_and_all_its_runs_are_kept(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    assert bench(engines, journal, heard).measure(BOOTS)
    assert engines.started_names == ["one", "own"]
    assert all(journal.is_done(run.key) for boot in BOOTS for run in boot.runs)
    assert journal.results(BOOTS).get(OWN, users(8), "output_tokens_per_second").num_runs == 3
    assert journal.results(BOOTS).boot(OWN, "num_kv_cache_tokens") == 1000


def test_an_engine_that_dies_is_started_once_more_for_the_runs_after(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), 1)}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert engines.started_names == ["one", "one", "own"]
    assert [journal.failure(run.key) for run in BOOTS[0].runs] == [None, ENDED, None]
    assert journal.is_done(BOOTS[0].runs[2].key)


def test_an_engine_that_dies_in_its_last_run_is_not_started_again(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), 2)}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert engines.started_names == ["one", "own"]


def test_a_second_death_ends_an_engine_and_the_rest_goes_on(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), 0), ("one", users(1), 1)}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert engines.started_names == ["one", "one", "own"]
    assert [journal.failure(run.key) for run in BOOTS[0].runs] == [ENDED, ENDED, NOT_REACHED]
    assert all(journal.is_done(run.key) for run in BOOTS[1].runs)


def test_the_next_bench_begins_with_what_was_not_reached_and_ends_with_what_failed(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), 0), ("one", users(1), 1)}
    bench(engines, journal, heard).measure(BOOTS)
    again = ScriptedEngines()
    again.deadly = engines.deadly
    assert bench(again, journal, heard).measure(BOOTS)
    assert again.measured == [("one", users(1), 2)]
    assert [journal.failure(run.key) for run in BOOTS[0].runs] == [ENDED, ENDED, None]


def test_a_run_that_failed_before_and_is_not_reached_keeps_its_reason(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), repeat) for repeat in range(3)}
    journal.failed(BOOTS[0].runs[2].key, "no request was answered")
    bench(engines, journal, heard).measure(BOOTS)
    assert journal.failure(BOOTS[0].runs[2].key) == "no request was answered"


def test_a_run_after_which_the_engine_is_dead_has_failed(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly_at_its_end = {("one", users(1), 1)}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert [journal.failure(run.key) for run in BOOTS[0].runs] == [None, ENDED, None]


def test_a_run_that_never_ends_has_failed_and_its_engine_is_started_anew(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.hung = {("one", users(1), 1)}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert engines.started_names == ["one", "one", "own"]
    reasons = [journal.failure(run.key) for run in BOOTS[0].runs]
    assert reasons == [None, "it was not over after 600 s", None]


def test_a_start_that_never_ends_is_recorded_and_the_rest_goes_on(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.hung_starts = {"one"}
    assert bench(engines, journal, heard).measure(BOOTS)
    assert journal.results(BOOTS).failure(ONE) == "it was not over after 1200 s"
    assert all(journal.is_done(run.key) for run in BOOTS[1].runs)


def test_a_run_has_many_times_as_long_as_it_should_take(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    slow = Bench(
        engines=engines,
        journal=journal,
        pace=Pace(boot_seconds=20, tokens_per_second=0.01),
        progress=heard,
        clock=engines.clock,
        at_most=engines.at_most,
    )
    slow.measure(BOOTS)
    tokens = users(1).num_tokens
    assert engines.bounds[1] == pytest.approx(10 * tokens / 0.01)
    assert engines.bounds[2] == LEAST_RUN_SECONDS  # by then a run is known to take 5 s


def test_an_engine_that_does_not_start_again_keeps_what_it_told_before(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("one", users(1), 1)}
    engines.do_not_start_again["one"] = "CUDA out of memory."
    assert bench(engines, journal, heard).measure(BOOTS)
    results = journal.results(BOOTS)
    assert results.boot(ONE, "num_kv_cache_tokens") == 1000
    assert results.failure(ONE) is None
    reasons = [journal.failure(run.key) for run in BOOTS[0].runs]
    assert reasons == [None, ENDED, "CUDA out of memory."]


def test_an_engine_that_does_not_start_is_recorded_and_the_rest_goes_on(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.do_not_start["one"] = "CUDA out of memory."
    assert bench(engines, journal, heard).measure(BOOTS)
    assert journal.results(BOOTS).failure(ONE) == "CUDA out of memory."
    assert all(journal.is_done(run.key) for run in BOOTS[1].runs)


def test_a_run_that_fails_on_an_engine_that_lives_costs_only_itself(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.refuses.add(users(1))
    assert bench(engines, journal, heard).measure(BOOTS)
    done = [run.workload for run in BOOTS[1].runs if journal.is_done(run.key)]
    assert done == [users(8)] * 3


def test_a_second_start_measures_only_what_is_missing(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    engines.deadly = {("own", users(8), 1)}
    bench(engines, journal, heard).measure(BOOTS)
    again = ScriptedEngines()
    bench(again, journal, heard).measure(BOOTS)
    assert again.started_names == ["own"]
    assert again.measured == [("own", users(8), 1)]


def test_nothing_begins_that_would_not_be_over_in_time(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    assert not bench(engines, journal, heard, ends_at=50).measure(BOOTS)
    assert engines.started_names == ["one"]
    assert engines.clock.seconds <= 50
    assert bench(engines, journal, heard).measure(BOOTS)
    assert all(journal.is_done(run.key) for boot in BOOTS for run in boot.runs)


def test_the_time_left_is_learnt_from_what_was_done(
    engines: ScriptedEngines, journal: Journal, heard: Heard
) -> None:
    bench(engines, journal, heard).measure(BOOTS)
    what, num_left, seconds_left = heard.told[-1]
    assert what == "own: 8 users, run 3"
    assert num_left == 1
    assert seconds_left == pytest.approx(5)  # the engine is up
    assert [left for _, left, _ in heard.told] == sorted(
        (left for _, left, _ in heard.told), reverse=True
    )
