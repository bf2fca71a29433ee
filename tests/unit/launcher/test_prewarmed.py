"""Whether the next start is a warm one: written down last, and taken back by what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend.launcher.command import Command
from backend.launcher.eta import BootHistory
from backend.launcher.flags import Flag
from backend.launcher.phases import Phase
from backend.launcher.plan import Plan
from backend.launcher.prewarmed import Report, lines_of, record, report_of
from tests.unit.launcher.scripted_engine import HARDWARE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan whose caches hold one file each."""
    for name in ("model", "vllm", "python"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * 1000)
    environment = {
        "HOME": str(tmp_path),
        "VLLM_CACHE_ROOT": str(tmp_path / "vllm"),
        "PYTHONPYCACHEPREFIX": str(tmp_path / "python"),
    }
    flags = (Flag("--model", (str(tmp_path / "model"),)),)
    return Plan(
        command=Command(flags=flags, environment=environment),
        folder=tmp_path / "engine",
        history=tmp_path / "boots.json",
        profile="cpu",
        hardware=HARDWARE,
        boot_key="one-kind",
    )


def write_down(plan: Plan) -> None:
    record(plan.history.parent, report_of(plan), ready_seconds=30.0, warmup_seconds=4.0)


def test_before_it_was_written_down_a_start_is_not_warm(plan: Plan) -> None:
    report = report_of(plan)
    assert not report.is_warm
    assert report.next_start_seconds is None
    assert [(cache.name, cache.num_files, cache.num_bytes) for cache in report.caches] == [
        ("model", 1, 1000),
        ("bytecode", 1, 1000),
        ("compiled", 1, 1000),
        ("kernels", 0, 0),
    ]


def test_written_down_it_is_warm(plan: Plan) -> None:
    write_down(plan)
    assert report_of(plan).is_warm


def test_caches_of_another_version_card_or_flags_do_not_count(plan: Plan) -> None:
    write_down(plan)
    assert not report_of(replace(plan, boot_key="another-kind")).is_warm


@pytest.mark.parametrize("name", ["model", "vllm", "python"])
def test_a_file_that_was_removed_since_takes_it_back(plan: Plan, name: str) -> None:
    write_down(plan)
    (plan.history.parent / name / "file").unlink()
    assert not report_of(plan).is_warm


@pytest.mark.parametrize("text", ["", "{", "[]", '{"one-kind": 1}', '{"one-kind": {}}', "\0"])
def test_a_record_that_cannot_be_understood_says_nothing_and_is_replaced(
    plan: Plan, text: str
) -> None:
    (plan.history.parent / "prewarmed.json").write_text(text)
    assert not report_of(plan).is_warm
    write_down(plan)
    assert report_of(plan).is_warm


def test_other_kinds_of_starts_stay_written_down(plan: Plan) -> None:
    other = replace(plan, boot_key="another-kind")
    write_down(plan)
    write_down(other)
    assert report_of(plan).is_warm
    assert report_of(other).is_warm


def test_the_next_start_takes_what_earlier_ones_did_and_the_warm_up(plan: Plan) -> None:
    write_down(plan)
    assert report_of(plan).next_start_seconds == 30.0
    BootHistory(plan.history).record("one-kind", {Phase.STARTING: 20.0, Phase.COMPILING: 1.0})
    assert report_of(plan).next_start_seconds == 25.0


def test_a_report_travels_as_plain_data(plan: Plan) -> None:
    report = report_of(plan)
    assert Report.from_json(report.to_json()) == report


def test_people_read_what_lies_where_and_how_long_a_start_takes(plan: Plan) -> None:
    (plan.history.parent / "model" / "weights").write_bytes(b"")
    os.truncate(plan.history.parent / "model" / "weights", 8_000_000_000)
    write_down(plan)
    first, bytecode, *_, last = lines_of(report_of(plan))
    assert bytecode.startswith("  < 0.1 MB  bytecode of the engine's packages: ")
    assert first == f"    8.0 GB  the model: {plan.history.parent / 'model'}"
    assert last == "The next start takes about 30 s, until people can write."


def ask(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("WARMLINE_")}
    environment = {
        "PYTHONPATH": str(ROOT),
        "WARMLINE_ENGINE_MODEL": str(tmp_path),
        "WARMLINE_ENGINE_PROFILE": "cpu",
        "WARMLINE_CACHE_DIR": str(tmp_path / "cache"),
    }
    return subprocess.run(
        [sys.executable, "-m", "backend.launcher.prewarmed"],
        env=inherited | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_asked_as_a_command_it_says_nothing_of_a_start_that_is_not_warm(tmp_path: Path) -> None:
    answer = ask(tmp_path)
    assert (answer.returncode, answer.stdout) == (3, "")
