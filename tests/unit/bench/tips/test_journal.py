"""The journal keeps each result at once, and survives whatever ends the bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bench.tips.files import NoSpaceError, append_line, check_space, write_whole
from backend.bench.tips.journal import Journal
from backend.bench.tips.plan import plan
from backend.bench.tips.results import NOT_REACHED
from tests.unit.bench.tips.scripted import OWN, experiment, users

HERE = {"model": "m", "profile": "cpu"}


def test_what_was_measured_is_there_after_a_break(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.jsonl", HERE).finished("run", {"ttft_seconds": 0.5}, 3.0)
    journal = Journal(tmp_path / "journal.jsonl", HERE)
    assert journal.is_done("run")
    assert journal.numbers("run") == {"ttft_seconds": 0.5}
    assert journal.seconds("run") == 3.0


def test_what_failed_is_tried_again_and_then_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", HERE)
    journal.failed("run", "the engine ended")
    assert not journal.is_done("run")
    journal.finished("run", {}, 1.0)
    assert journal.is_done("run")
    assert Journal(tmp_path / "journal.jsonl", HERE).failure("run") is None


def test_another_models_results_do_not_count(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.jsonl", HERE).finished("run", {}, 1.0)
    assert not Journal(tmp_path / "journal.jsonl", HERE | {"model": "n"}).is_done("run")


def test_a_line_that_was_cut_off_is_no_result_and_harms_none(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, HERE).finished("whole", {}, 1.0)
    with path.open("a") as file:
        file.write('{"key": "cut", "numb')
    Journal(path, HERE).finished("later", {}, 1.0)
    journal = Journal(path, HERE)
    assert [journal.is_done(key) for key in ("whole", "cut", "later")] == [True, False, True]


def test_what_was_not_reached_has_not_failed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", HERE)
    journal.failed("run", "no answer")
    journal.failed("another", NOT_REACHED)
    assert [journal.has_failed(key) for key in ("run", "another", "a third")] == [
        True,
        False,
        False,
    ]


def test_results_hold_all_repeats_and_why_a_run_of_theirs_failed(tmp_path: Path) -> None:
    boots = plan([experiment("a", (OWN, (users(1), users(8))))])
    first = [run for run in boots[0].runs if run.workload == users(1)]
    journal = Journal(tmp_path / "journal.jsonl", HERE)
    journal.finished(first[0].key, {"ttft_seconds": 1.0}, 1.0)
    journal.finished(first[1].key, {"ttft_seconds": 3.0}, 1.0)
    journal.failed(first[2].key, "no answer")
    results = journal.results(boots)
    assert results.get(OWN, users(1), "ttft_seconds").median == 2.0
    assert results.failure(OWN, users(1)) == "no answer"
    assert results.failure(OWN, users(8)) is None
    assert results.failure(OWN) is None


def test_an_engine_that_did_not_start_is_why_each_of_its_runs_is_missing(tmp_path: Path) -> None:
    boots = plan([experiment("a", (OWN, (users(1),)))])
    journal = Journal(tmp_path / "journal.jsonl", HERE)
    journal.failed(boots[0].key, "out of memory")
    results = journal.results(boots)
    assert results.failure(OWN) == results.failure(OWN, users(1)) == "out of memory"


def test_too_little_space_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(NoSpaceError, match=r"GiB free and the results need .* --out"):
        check_space(tmp_path / "new", needed_bytes=2**62)


def test_a_full_disk_is_said_when_it_happens() -> None:
    full = Path("/dev/full")  # every write to it fails as on a full disk
    with pytest.raises(NoSpaceError, match="What has been measured is kept"):
        append_line(full, "a result")


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    write_whole(report, "before")
    draft = tmp_path / ".report.html.draft"
    draft.symlink_to("/dev/full")
    with pytest.raises(NoSpaceError):
        write_whole(report, "after" * 1000)
    assert report.read_text() == "before"
    assert not draft.exists()
