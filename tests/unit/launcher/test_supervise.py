from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from backend.launcher.eta import BootHistory
from backend.launcher.flags import Flag
from backend.launcher.masking import masking
from backend.launcher.patience import Patience
from backend.launcher.phases import Phase
from backend.launcher.restart import RestartPolicy
from backend.launcher.status import Status
from backend.launcher.supervise import Inbox, StopRequested, Supervisor
from tests.unit.launcher.fake_clock import FakeClock
from tests.unit.launcher.processes import ends
from tests.unit.launcher.scripted_engine import UP, ScriptedEngine

PATIENCE_SECONDS = 20.0
SECRET = "very-secret"


class Supervised:
    """A supervisor in a thread of its own; its pauses last no time, and are remembered."""

    def __init__(self, engine: ScriptedEngine, *flags: Flag, **more: Any) -> None:
        self.inbox: Inbox = Inbox()
        self.pauses: list[float] = []
        self.clock = FakeClock()
        self._said: SimpleQueue[str] = SimpleQueue()
        self._codes: SimpleQueue[int] = SimpleQueue()
        arguments: dict[str, Any] = {"clock": self.clock, "pause": self._pause} | more
        plan = engine.plan(*flags)
        self.supervisor = Supervisor(
            plan,
            history=BootHistory(plan.history),
            inbox=self.inbox,
            mask=masking([SECRET]),
            echo=self._said.put,
            **arguments,
        )
        # A daemon, so that a test that fails before it stops its engine does not hang the suite.
        run = threading.Thread(target=lambda: self._codes.put(self.supervisor.run()), daemon=True)
        run.start()

    def _pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return False

    def says(self, text: str) -> str:
        """Wait for a line of its output that holds this text; what was said up to it."""
        said = ""
        while text not in said:
            said += self._said.get(timeout=PATIENCE_SECONDS) + "\n"
        return said

    def status_after(self, text: str) -> Status:
        """The status once the line that follows such a line was said: this one is taken in."""
        self.says(text)
        self.says("then")
        return self.supervisor.status()

    def stops(self) -> int:
        self.inbox.put(StopRequested())
        return self.exit_code()

    def exit_code(self) -> int:
        return self._codes.get(timeout=PATIENCE_SECONDS)


def test_the_status_follows_the_log_until_it_serves(tmp_path: Path) -> None:
    shards = "say Loading safetensors checkpoint shards:  50% Completed | 1/2"
    lines = ["say Using max model len 8192", shards, "say then", "hold", UP, "say then", "wait"]
    engine = ScriptedEngine(tmp_path, lines)
    run = Supervised(engine, Flag("--max-num-seqs", ("16",)))
    loading = run.status_after("50%")
    engine.go_on()
    serving = run.status_after("startup complete")
    assert run.stops() == 0

    assert (loading.phase, loading.progress, loading.eta_seconds) == (
        Phase.LOADING_WEIGHTS,
        None,
        None,
    )
    assert (loading.max_model_len, loading.max_num_seqs) == (8192, 16)
    assert (serving.phase, serving.progress, serving.eta_seconds) == (Phase.SERVING, 1.0, 0.0)
    assert serving.problem is None
    assert serving.log_tail[-2:] == ("INFO:     Application startup complete.", "then")


def test_lines_that_nobody_knows_hurt_nothing(tmp_path: Path) -> None:
    junk = ["say �����", "say {}", "say 100%|", "say Error: not really", "say \x1b[31m"]
    run = Supervised(ScriptedEngine(tmp_path, [*junk, UP, "say then", "wait"]))
    assert run.status_after("startup complete").phase is Phase.SERVING
    assert run.stops() == 0


def test_a_second_boot_has_the_first_ones_estimate(tmp_path: Path) -> None:
    weights = "say Starting to load model x..."
    engine = ScriptedEngine(tmp_path, [weights, UP, "say then", "wait"], ["say then", "wait"])
    first = Supervised(engine)
    first.status_after("startup complete")
    first.stops()
    history = BootHistory(engine.plan().history)
    history.record("key", {Phase.STARTING: 20.0, Phase.LOADING_WEIGHTS: 5.0})

    second = Supervised(engine)
    second.says("then")
    second.clock.passes(10.0)
    status = second.supervisor.status()
    second.stops()
    assert (status.elapsed_seconds, status.eta_seconds, status.progress) == (10.0, 15.0, 0.4)


def test_a_dead_engine_is_started_again_and_goes_through_its_phases_again(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, [UP, "kill SIGKILL"], ["say then", "wait"])
    run = Supervised(engine)
    said = run.says("started again in 1 s")
    run.says("then")
    again = run.supervisor.status()
    assert run.stops() == 0

    assert "vLLM was ended from outside (SIGKILL)." in said
    assert run.pauses == [1.0]
    assert (again.phase, again.problem) == (Phase.STARTING, None)
    assert engine.num_starts == 2


def test_between_two_starts_the_status_says_why_and_when(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, [UP, "exit 0"])
    seen: SimpleQueue[Status] = SimpleQueue()
    stop_meanwhile = True

    def pause(_: float) -> bool:
        seen.put(run.supervisor.status())
        return stop_meanwhile

    run = Supervised(engine, pause=pause)
    status = seen.get(timeout=PATIENCE_SECONDS)
    assert status.phase is Phase.STARTING
    assert status.problem is not None
    assert status.problem.kind == "engine_exited"
    assert status.detail.endswith("It is started again in 1 s.")
    assert run.exit_code() == 0


def test_three_crashes_in_a_row_are_a_crash_loop_and_the_end_of_trying(tmp_path: Path) -> None:
    crash = ["say OSError: [Errno 28] No space left on device", "exit 1"]
    engine = ScriptedEngine(tmp_path, crash, crash, crash)
    run = Supervised(engine)
    run.says("ended 3 times within 5 minutes")
    status = run.supervisor.status()
    assert run.stops() == 1

    assert run.pauses == [1.0, 2.0]
    assert engine.num_starts == 3
    assert status.phase is Phase.FAILED
    assert status.problem is not None
    assert status.problem.kind == "crash_loop"
    assert status.problem.values["last_kind"] == "disk_full"
    assert status.problem.advice.startswith("Free some space")


def test_an_engine_that_served_for_long_starts_with_a_fresh_count(tmp_path: Path) -> None:
    crash = ["say dying", "exit 1"]
    engine = ScriptedEngine(tmp_path, crash, crash, [UP, "pid", "wait"], ["say then", "wait"])
    run = Supervised(engine)
    pid = int(run.says("pid").split()[-1])
    run.clock.passes(RestartPolicy().loop_window_seconds)
    os.kill(pid, signal.SIGKILL)
    run.says("then")
    assert run.stops() == 0
    assert run.pauses == [1.0, 2.0, 1.0]


def test_what_a_new_start_cannot_cure_is_not_tried_again(tmp_path: Path) -> None:
    error = "say api_server.py: error: unrecognized arguments: --max-model-length"
    engine = ScriptedEngine(tmp_path, [error, "exit 2"])
    run = Supervised(engine)
    run.says("vLLM does not know the flag --max-model-length.")
    status = run.supervisor.status()
    assert run.stops() == 1

    assert (status.phase, engine.num_starts, run.pauses) == (Phase.FAILED, 1, [])
    assert status.problem is not None
    assert status.problem.values == {"flag": "--max-model-length"}


def test_what_went_wrong_before_it_served_does_not_explain_a_later_death(tmp_path: Path) -> None:
    hub = "say '[Errno -2] Name or service not known' thrown while requesting HEAD"
    run = Supervised(ScriptedEngine(tmp_path, [hub, UP, "kill SIGKILL"], ["wait"]))
    assert "ended from outside" in run.says("launcher:")
    assert run.stops() == 0


def test_a_start_that_failed_and_hangs_is_ended(tmp_path: Path) -> None:
    failed = ["say ERROR EngineCore failed to start.", "say InvalidCxxCompiler: No working C++ co"]
    engine = ScriptedEngine(tmp_path, ["deaf", *failed, "wait"])
    run = Supervised(engine, patience=Patience(doomed_seconds=0.1))
    run.says("Compiling the model needs a C++ compiler")
    assert run.supervisor.status().phase is Phase.FAILED
    assert run.stops() == 1


def test_an_engine_that_ignores_sigterm_while_it_loads_is_killed_soon(tmp_path: Path) -> None:
    patience = Patience(stop_seconds=600.0, stop_loading_seconds=0.1)
    run = Supervised(ScriptedEngine(tmp_path, ["deaf", "orphan", "wait"]), patience=patience)
    orphan = int(run.says("orphan").split()[1])
    assert run.stops() == 0
    assert ends(orphan)


def test_an_engine_that_serves_has_its_own_shutdown_timeout_and_more(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, ["deaf", UP, "say then", "wait"])
    patience = Patience(stop_seconds=0.1, stop_loading_seconds=600.0)
    run = Supervised(engine, Flag("--shutdown-timeout", ("0",)), patience=patience)
    run.status_after("startup complete")
    assert run.stops() == 0


def test_no_secret_is_shown_in_the_output_the_tail_or_the_command(tmp_path: Path) -> None:
    engine = ScriptedEngine(tmp_path, [f"say the key is {SECRET}", UP, "say then", "wait"])
    run = Supervised(engine, Flag("--api-key", (SECRET,)))
    said = run.says("startup complete")
    run.says("then")
    status = run.supervisor.status()
    assert run.stops() == 0

    assert SECRET not in said
    assert SECRET not in str(status.to_json())
    assert status.command[-2:] == ("--api-key", "***")
    assert "the key is ***" in status.log_tail
