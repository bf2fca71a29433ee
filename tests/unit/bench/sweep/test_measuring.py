"""Each setting is an engine of its own, measured three times and only once in all."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bench.sweep.bench import SettingsBench, sweep_load
from backend.bench.sweep.search import OutOfTimeError
from backend.bench.sweep.setting import Setting
from backend.bench.tips.journal import Journal
from backend.bench.tips.machine import Machine
from backend.bench.tips.pace import Pace
from backend.bench.tips.running import Bench
from tests.unit.bench.tips.machines import CPU, H100
from tests.unit.bench.tips.scripted import Heard, ScriptedEngines, users

START = Setting(max_num_seqs=16, max_num_batched_tokens=512, stream_interval=1)


def measuring(
    engines: ScriptedEngines,
    folder: Path,
    *,
    has_graphs: bool = False,
    ends_at: float | None = None,
) -> SettingsBench:
    bench = Bench(
        engines=engines,
        journal=Journal(folder / "sweep.jsonl", {}),
        pace=Pace(boot_seconds=20, tokens_per_second=1),
        progress=Heard(),
        ends_at=ends_at,
        clock=engines.clock,
    )
    return SettingsBench(bench=bench, load=users(32), has_graphs=has_graphs)


def test_a_setting_is_three_runs_of_one_engine(tmp_path: Path) -> None:
    engines = ScriptedEngines()
    point = measuring(engines, tmp_path)(START)
    assert point is not None
    assert (point.tokens_per_second.median, point.tokens_per_second.num_runs) == (101.0, 3)
    assert len(engines.started_names) == 1


def test_after_a_break_what_was_measured_is_not_started_again(tmp_path: Path) -> None:
    before = measuring(ScriptedEngines(), tmp_path)(START)
    engines = ScriptedEngines()
    assert measuring(engines, tmp_path)(START) == before
    assert engines.started_names == []


def test_an_engine_that_does_not_start_is_no_point(tmp_path: Path) -> None:
    engines = ScriptedEngines()
    engines.do_not_start[str(START)] = "out of memory"
    assert measuring(engines, tmp_path)(START) is None


def test_no_time_ends_the_sweep(tmp_path: Path) -> None:
    with pytest.raises(OutOfTimeError):
        measuring(ScriptedEngines(), tmp_path, ends_at=5)(START)


def test_the_queue_holds_all_users_of_the_load() -> None:
    flags = Setting(max_num_seqs=4, max_num_batched_tokens=512, stream_interval=1).configuration(
        num_users=32, has_graphs=False
    )
    words = list(flags.flags)
    assert words[words.index("--max-num-queued-reqs") + 1] == "128"
    assert "--cudagraph-capture-sizes" not in words


def test_on_a_card_the_full_batch_is_captured() -> None:
    setting = Setting(max_num_seqs=160, max_num_batched_tokens=8192, stream_interval=8)
    words = setting.configuration(num_users=32, has_graphs=True).flags
    assert words[-1] == "160"
    assert words[-2] == "128"


@pytest.mark.parametrize("machine", [CPU, H100])
def test_there_are_users_for_twice_the_profiles_batch_unless_somebody_says_how_many(
    machine: Machine,
) -> None:
    assert sweep_load(machine, None).num_users == 2 * machine.max_num_seqs
    assert sweep_load(machine, 3).num_users == 3
