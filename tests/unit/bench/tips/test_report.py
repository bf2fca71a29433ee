"""The report tells verdicts, spreads, failures and where it was measured, and stands alone."""

from __future__ import annotations

import json
from pathlib import Path

from backend.bench.tips.page import page
from backend.bench.tips.results import NOT_REACHED
from tests.unit.bench.tips.reported import report


def test_the_summary_has_a_row_for_each_claim_with_its_verdict() -> None:
    summary = report().markdown()
    claim = "first token ≥ 50 % faster with a shared system prompt"
    assert f"| 5 Prefix caching: a shared system prompt | {claim} | does not hold |" in summary
    assert "- hardware: 2 × a processor" in summary
    assert "| decode | ≥ 40 ms | 60 ms | 1.5 × the floor |" in summary


def test_the_page_has_a_picture_and_a_table_for_each_experiment() -> None:
    html = page(report())
    assert html.count("<h2>") == 1 + 9 + 1
    assert html.count("<svg") > 9
    assert "1.1 (1–1.2)" in html


def test_a_failure_is_told_and_no_markup_comes_of_it() -> None:
    html = page(report(note="<b>out of memory</b>"))
    assert "&lt;b&gt;out of memory&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_bench_that_was_broken_off_says_how_to_go_on() -> None:
    assert "the same command goes on" in page(report(is_complete=False))
    assert "the same command goes on" in report(is_complete=False).markdown()


def test_no_verdict_on_what_a_broken_off_bench_has_not_come_to() -> None:
    summary = report(is_complete=False, left="max-model-len 262,144").markdown()
    assert "| not measured yet | To be measured: max-model-len 262,144. |" in summary
    assert summary.count("not measured yet") == 1


def test_an_engine_that_failed_is_no_engine_that_was_left_out() -> None:
    assert "not measured yet" not in report(note="out of memory").markdown()


def test_a_run_that_failed_is_the_reason_of_its_own_experiment_alone() -> None:
    found = report(left="profile", failed={"tip6-bursts": "the engine ended"})
    summary = found.markdown()
    assert "| not measurable here | queue 64: the engine ended. |" in summary
    assert "| not measured yet | To be measured: profile. |" in summary
    assert summary.count("the engine ended") == 1
    assert page(found).count("failed: the engine ended") == 1


def test_what_was_not_reached_is_to_be_measured_and_says_why() -> None:
    summary = report(failed={"tip6-bursts": NOT_REACHED}).markdown()
    assert f"| not measured yet | To be measured: queue 64 ({NOT_REACHED}). |" in summary


def test_the_files_hold_every_run_and_no_path_of_the_machine(tmp_path: Path) -> None:
    report().write(tmp_path)
    results = json.loads((tmp_path / "results.json").read_text())
    own = results["experiments"]["tip1-batching"][-1]
    assert [len(run["numbers"]) for run in own["runs"]] == [3, 3]
    assert "/home" not in (tmp_path / "results.json").read_text()
    assert (tmp_path / "tip1-batching-output-tokens-per-second.svg").exists()
    assert not list(tmp_path.glob(".*"))
