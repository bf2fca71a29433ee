"""A report says when its runs were measured, and which are not of this start of the bench."""

from __future__ import annotations

import json
from pathlib import Path

from backend.bench.tips.history import history
from backend.bench.tips.journal import Journal
from backend.bench.tips.plan import plan
from tests.unit.bench.tips.scripted import OWN, experiment, users

BOOTS = plan([experiment("a", (OWN, (users(1),)))])


def journal_of(folder: Path, *times: str) -> Journal:
    """An earlier start's runs, over at these times."""
    lines = [
        json.dumps({"key": run.key, "at": at, "numbers": {}, "context": "{}"})
        for run, at in zip(BOOTS[0].runs, times, strict=False)
    ]
    (folder / "journal.jsonl").write_text("\n".join(lines))
    return Journal(folder / "journal.jsonl", {})


def test_the_first_to_the_last_run_of_a_day(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, "2026-11-30T19:52:15Z", "2026-11-30T18:10:00Z")
    assert history(journal, BOOTS) == {
        "date": "2026-11-30 18:10 to 19:52 UTC",
        "runs": "2, 2 of them by an earlier start of the bench",
    }


def test_a_bench_of_several_days(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, "2026-11-29T23:52:15Z", "2026-11-30T00:10:00Z")
    assert history(journal, BOOTS)["date"] == "2026-11-29 23:52 to 2026-11-30 00:10 UTC"


def test_what_this_start_measured_is_not_of_an_earlier_one(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, "2026-11-29T23:52:15Z")
    journal.finished(BOOTS[0].runs[1].key, {}, 1.0)
    assert history(journal, BOOTS)["runs"] == "2, 1 of them by an earlier start of the bench"


def test_nothing_has_no_date(tmp_path: Path) -> None:
    assert history(Journal(tmp_path / "journal.jsonl", {}), BOOTS) == {
        "date": "nothing is measured yet"
    }
