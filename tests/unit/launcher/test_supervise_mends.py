"""A failed start that another start cures gets it once, and it is said."""

from __future__ import annotations

from pathlib import Path

from backend.launcher.flags import Flag
from backend.launcher.phases import Phase
from tests.unit.launcher.scripted_engine import UP, ScriptedEngine
from tests.unit.launcher.test_supervise import Supervised

TOO_LONG = (
    "say ValueError: To serve at least one request with the model's max seq len (262144), (36.0 "
    "GiB KV cache is needed, which is larger than the available KV cache memory (8.0 GiB). "
    "Based on the available memory, the estimated maximum model length is 58208."
)


def test_a_context_too_long_is_started_again_once_with_the_one_that_fits(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, [TOO_LONG, "exit 1"], [UP, "say then", "wait"])
    run = Supervised(engine, Flag("--max-model-len", ("262144",)))
    said = run.says("launcher: ")
    status = run.status_after("startup complete")
    assert status.phase is Phase.SERVING
    assert "--max-model-len 58208" in said
    assert status.command[status.command.index("--max-model-len") + 1] == "58208"
    assert run.stops() == 0


def test_it_is_not_tried_a_second_time(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, [TOO_LONG, "exit 1"], [TOO_LONG, "exit 1"])
    run = Supervised(engine, Flag("--max-model-len", ("262144",)))
    run.says("launcher: ")
    run.says("launcher: ")
    status = run.supervisor.status()
    assert status.phase is Phase.FAILED
    assert status.problem is not None
    assert status.problem.kind == "context_too_long"
    assert engine.num_starts == 2
    assert run.stops() == 1


def taken(free_gib: float, share: float = 0.9) -> list[str]:
    return [
        f"say ValueError: Free memory on device cuda:0 ({free_gib}/24.0 GiB) on startup is less "
        f"than desired GPU memory utilization ({share}, {24 * share:g} GiB).",
        "exit 1",
    ]


NO_CACHE = "say ValueError: No available memory for the cache blocks."


def test_memory_that_others_take_lowers_the_share_once_and_is_then_waited_for(
    tmp_path: Path,
) -> None:
    engine = ScriptedEngine(tmp_path, taken(20.0), taken(19.0, 0.82), [UP, "say then", "wait"])
    run = Supervised(engine)
    assert "--gpu-memory-utilization 0.82" in run.says("It is started again with")
    run.says("It is started again in 2 s.")
    run.status_after("startup complete")
    assert run.pauses == [0.0, 2.0]
    assert run.stops() == 0


def test_a_share_that_would_hold_little_is_no_mend(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, taken(6.0), [UP, "say then", "wait"])
    run = Supervised(engine)
    assert "--gpu-memory-utilization 0" not in run.says("It is started again in 1 s.")
    run.status_after("startup complete")
    assert run.stops() == 0


def test_a_cache_that_does_not_fit_into_the_lowered_share_is_the_others_fault(
    tmp_path: Path,
) -> None:
    engine = ScriptedEngine(tmp_path, taken(13.0), [NO_CACHE, "exit 1"], [UP, "say then", "wait"])
    run = Supervised(engine)
    run.says("It is started again with")
    said = run.says("It is started again in")
    assert "Another process uses the GPU: 13.0 of 24.0 GiB are free" in said
    run.status_after("startup complete")
    assert run.stops() == 0
