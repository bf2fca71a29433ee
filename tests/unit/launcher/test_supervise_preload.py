"""Starts out of a parent that has vLLM imported, and what happens where that does not work."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from backend.launcher.phases import Phase
from backend.launcher.plan import Plan
from backend.launcher.shortcuts import PRELOAD, Shortcut
from tests.unit.launcher.scripted_engine import UP, ScriptedEngine
from tests.unit.launcher.test_supervise import Supervised

SERVES = [UP, "say then"]
GONE = "say ImportError: no such thing"


class PreloadedEngine(ScriptedEngine):
    """The scripted engine beside a module that can be imported before it, or not."""

    def plan(self, *flags: object) -> Plan:
        plan = super().plan()
        shortcut = Shortcut(name=PRELOAD, variables={}, reason="")
        environment = dict(os.environ) | {"PYTHONPATH": str(self.folder), "PYTHONUNBUFFERED": "1"}
        command = replace(plan.command, environment=environment, shortcuts=(shortcut,))
        return replace(plan, command=command)

    def can_be_preloaded(self) -> None:
        package = self.folder / "vllm" / "entrypoints" / "launchers" / "api_server"
        package.mkdir(parents=True)
        (package / "entry.py").write_text("")


def test_a_crash_is_followed_by_a_start_out_of_the_same_parent(tmp_path: Path) -> None:
    engine = PreloadedEngine(tmp_path, [*SERVES, "kill SIGKILL"], [*SERVES, "wait"])
    engine.can_be_preloaded()
    run = Supervised(engine)
    run.status_after("startup complete")
    run.says("ended from outside")
    status = run.status_after("startup complete")
    assert status.phase is Phase.SERVING
    assert status.shortcuts == (PRELOAD,)
    assert run.stops() == 0
    assert engine.num_starts == 2


def test_where_it_cannot_be_preloaded_it_is_started_plainly_and_that_is_said(
    tmp_path: Path,
) -> None:
    engine = PreloadedEngine(tmp_path, [*SERVES, "wait"])
    run = Supervised(engine)
    run.says("launcher: started without preload: ModuleNotFoundError at the import.")
    status = run.status_after("startup complete")
    assert status.phase is Phase.SERVING
    assert status.shortcuts == ()
    assert run.stops() == 0


def test_a_forked_start_that_dies_is_followed_by_a_plain_one(tmp_path: Path) -> None:
    engine = PreloadedEngine(tmp_path, ["kill SIGSEGV"], [*SERVES, "wait"])
    engine.can_be_preloaded()
    run = Supervised(engine)
    run.says("It is started again without preload.")
    assert run.status_after("startup complete").shortcuts == ()
    assert run.stops() == 0


def test_a_stop_during_the_imports_ends_it_at_once(tmp_path: Path) -> None:
    engine = PreloadedEngine(tmp_path, [*SERVES, "wait"])
    engine.can_be_preloaded()
    entry = tmp_path / "vllm/entrypoints/launchers/api_server/entry.py"
    entry.write_text("import time; time.sleep(600)")
    run = Supervised(engine)
    assert run.stops() == 0
    assert engine.num_starts == 0


def test_a_plain_start_is_not_learnt_as_one_that_skips_the_imports(tmp_path: Path) -> None:
    engine = PreloadedEngine(tmp_path, ["kill SIGSEGV"], [*SERVES, "wait"])
    engine.can_be_preloaded()
    run = Supervised(engine)
    run.status_after("startup complete")
    assert run.stops() == 0
    (key,) = json.loads((tmp_path / "boots.json").read_text())["boots"]
    assert PRELOAD not in key


def test_a_start_without_fork_is_forked_out_of_another_parent(tmp_path: Path) -> None:
    class AlsoForks(PreloadedEngine):
        def plan(self, *flags: object) -> Plan:
            plan = super().plan()
            fork = Shortcut(name="fork", variables={"VLLM_WORKER": "fork"}, reason="")
            environment = {**plan.command.environment, "VLLM_WORKER": "fork"}
            shortcuts = (*plan.command.shortcuts, fork)
            command = replace(plan.command, environment=environment, shortcuts=shortcuts)
            return replace(plan, command=command)

    engine = AlsoForks(tmp_path, ["exit 1"], ["env VLLM_WORKER", *SERVES, "wait"])
    engine.can_be_preloaded()
    run = Supervised(engine)
    run.says("It is started again without fork.")
    run.says("VLLM_WORKER is unset")
    assert run.status_after("startup complete").shortcuts == (PRELOAD,)
    assert run.stops() == 0
