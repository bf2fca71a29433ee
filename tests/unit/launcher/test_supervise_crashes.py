"""The engine killed at any moment of its start, and after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backend.launcher.phases import Phase
from backend.launcher.restart import RestartPolicy
from tests.unit.launcher.scripted_engine import UP, ScriptedEngine
from tests.unit.launcher.test_supervise import Supervised

KILLED = "kill SIGKILL"
LOADS = "say Starting to load model /models/small..."
COMPILES = "say Dynamo bytecode transform time: 5 s"
CACHE = "say GPU KV cache size: 46,592 tokens"
GRAPHS = "say Capturing CUDA graphs (FULL):  20%| 7/35"
LOG = [LOADS, COMPILES, CACHE, GRAPHS, UP]


@pytest.mark.parametrize("num_lines", range(len(LOG) + 1))
def test_killed_at_any_moment_it_is_started_again_and_serves(
    tmp_path: Path, num_lines: int
) -> None:
    engine = ScriptedEngine(tmp_path, [*LOG[:num_lines], KILLED], [UP, "say then", "wait"])
    run = Supervised(engine)
    run.says("vLLM was ended from outside (SIGKILL). ")
    status = run.status_after("startup complete")
    assert status.phase is Phase.SERVING
    assert status.problem is None
    assert run.pauses == [1.0]
    assert run.stops() == 0


@pytest.mark.parametrize("num_lines", range(len(LOG) + 1))
def test_killed_three_times_it_is_a_crash_loop_whatever_it_did(
    tmp_path: Path, num_lines: int
) -> None:
    engine = ScriptedEngine(tmp_path, *[[*LOG[:num_lines], KILLED]] * 3)
    run = Supervised(engine)
    run.says("ended 3 times within 5 minutes. vLLM was ended from outside (SIGKILL).")
    assert run.supervisor.status().phase is Phase.FAILED
    assert run.pauses == [1.0, 2.0]
    assert run.stops() == 1
    assert engine.num_starts == 3


def test_the_delay_doubles_up_to_a_minute_where_crashes_lie_far_apart() -> None:
    policy = RestartPolicy()
    crashes = [200.0 * number for number in range(9)]
    delays = [policy.delay_seconds(crashes[: n + 1]) for n in range(len(crashes))]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_system_that_starts_no_process_is_a_crash_like_others(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path)
    plan = replace(engine.plan(), folder=tmp_path / "gone")
    engine.plan = lambda *_: plan  # type: ignore[method-assign]
    run = Supervised(engine)
    run.says("vLLM cannot be started: No such file or directory")
    run.says("vLLM ended 3 times within 5 minutes")
    assert run.supervisor.status().phase is Phase.FAILED
    assert run.stops() == 1
