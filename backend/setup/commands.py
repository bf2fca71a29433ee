"""The commands behind the Makefile's targets."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backend.setup import doctor
from backend.setup.children import die_with_parent
from backend.setup.clean import clean
from backend.setup.console import Console
from backend.setup.demo import Demo
from backend.setup.engines import KINDS, engine_of
from backend.setup.environment import for_children, read_environment, text_of
from backend.setup.errors import SetupError
from backend.setup.layout import Layout, python_of
from backend.setup.model import model_step
from backend.setup.prewarm import Prewarm
from backend.setup.signals import Stopped, run
from backend.setup.steps import SetUp, Step, due
from backend.setup.system import ensure_programs
from backend.setup.venvs import Venv, chat_venv, dev_venv, engine_venv, venv_step

PROJECT = Path(__file__).resolve().parents[2]


class Commands:
    """Each public method is a command; it returns the exit status.

    Args:
        layout: of the checkout.
        inherited: the person's environment.
        console: what the person sees.
        engine_kind: the engine that is meant, `cpu` or `gpu`.
    """

    def __init__(
        self,
        layout: Layout,
        inherited: Mapping[str, str],
        console: Console,
        engine_kind: str = "cpu",
    ) -> None:
        self._layout = layout
        self._inherited = inherited
        self._environment = read_environment(inherited, layout.root / ".env")
        self._console = console
        self._engine = engine_of(engine_kind, layout)

    def demo(self) -> int:
        """The chat, with an engine of its own."""
        run(doctor.check_engine(self._engine.kind))
        doctor.check_chat_port(self._environment, "make demo")
        if "WARMLINE_ENGINE_URL" in self._environment:
            self._console.say("make demo starts an engine of its own; make chat uses yours.")
        if self._engine.kind == "cpu" and run(doctor.has_card()):
            self._console.say("An NVIDIA card is here: make demo ENGINE=gpu uses it.")
        steps = self._steps(with_model=not self._has_own_model)
        demo = Demo(
            self._layout,
            self._inherited,
            self._environment,
            self._console,
            steps,
            engine=self._engine,
        )
        self._check(steps)
        try:
            return run(demo.run())
        except Stopped:
            if demo.was_up:
                return 0
            raise

    def prewarm(self) -> int:
        """All that the next start needs, so that it is a warm one."""
        run(doctor.check_engine(self._engine.kind))
        steps = self._steps(with_model=not self._has_own_model)
        self._check(steps)
        run(SetUp(steps, self._console.show).make_all())
        prewarm = Prewarm(
            self._layout, self._inherited, self._environment, self._console, self._engine
        )
        return run(prewarm.run())

    def chat(self) -> int:
        """The chat alone, in place of this process."""
        doctor.check_chat_port(self._environment, "make chat")
        self._set_up([self._step(chat_venv(self._layout))])
        python = str(python_of(self._layout.chat))
        os.chdir(self._layout.root)
        os.execve(python, [python, "-m", "backend"], for_children(self._inherited))

    def test_env(self) -> int:
        """All that the tests need."""
        doctor.check_engine_platform()
        run(ensure_programs(self._layout, self._environment, self._console))
        self._set_up([self._step(dev_venv(self._layout)), *self._steps()])
        return 0

    def no_engine_env(self) -> int:
        """What tests and benches need that bring their own engines."""
        run(ensure_programs(self._layout, self._environment, self._console))
        self._set_up([self._step(dev_venv(self._layout))])
        return 0

    def engine_env(self) -> int:
        """The engine and its model alone, for the image of the engine."""
        doctor.check_engine_platform()
        run(SetUp(self._engine_steps(), self._console.show).make_all())
        return 0

    def bench_env(self) -> int:
        """What the benches start: the chat, the engine, its model."""
        self._set_up(self._steps())
        return 0

    def check_env(self) -> int:
        """The formatter, the linters and mypy."""
        self._set_up([self._step(dev_venv(self._layout))])
        return 0

    def clean(self) -> int:
        """Remove what set-up made."""
        data_dir = self._layout.root / text_of(self._environment, "WARMLINE_DATA_DIR", "data")
        ask = input if sys.stdin.isatty() else None
        clean(self._layout, data_dir, ask=ask, say=self._console.say)
        return 0

    def doctor(self) -> int:
        """What is missing on this machine for `make demo`."""
        steps = self._steps()
        checks: dict[str, Callable[[], None]] = {
            "Python makes virtual environments": doctor.check_python,
            "the engine runs on this machine": lambda: run(doctor.check_engine(self._engine.kind)),
            "there is room on the disk": lambda: doctor.check_disk(due(steps), self._layout),
            "pip reaches its index": lambda: run(
                doctor.check_index(self._layout, self._environment)
            ),
            "the chat's port is free": lambda: doctor.check_chat_port(
                self._environment, "make demo"
            ),
        }
        num_missing = 0
        for what, check in checks.items():
            try:
                check()
                self._console.say(f"ok       {what}")
            except SetupError as error:
                num_missing += 1
                self._console.say(f"missing  {what}: {error}")
        return min(num_missing, 1)

    def lock(self) -> int:
        """Make the lock files anew."""
        from backend.setup.lock import make_locks

        make_locks(self._layout)
        return 0

    @property
    def _has_own_model(self) -> bool:
        return bool(text_of(self._environment, "WARMLINE_ENGINE_MODEL", ""))

    def _steps(self, *, with_model: bool = True) -> list[Step]:
        """The demo's, in order: the chat, the engine, its model."""
        return [self._step(chat_venv(self._layout)), *self._engine_steps(with_model=with_model)]

    def _engine_steps(self, *, with_model: bool = True) -> list[Step]:
        engine = self._step(engine_venv(self._engine))
        makes_model = with_model and self._engine.model is not None
        return [engine, *([model_step(self._layout, self._environment)] if makes_model else [])]

    def _step(self, venv: Venv) -> Step:
        return venv_step(venv, self._layout, self._environment)

    def _set_up(self, steps: Sequence[Step]) -> None:
        if due(steps):
            self._check(steps)
            run(SetUp(steps, self._console.show).make_all())

    def _check(self, steps: Sequence[Step]) -> None:
        """Say what is missing before any work begins."""
        if not due(steps):
            self._console.say("Set up already, nothing to install.")
            return
        doctor.check_python()
        doctor.check_disk(due(steps), self._layout)
        run(doctor.check_index(self._layout, self._environment))


COMMANDS = {
    "demo": Commands.demo,
    "prewarm": Commands.prewarm,
    "chat": Commands.chat,
    "test-env": Commands.test_env,
    "no-engine-env": Commands.no_engine_env,
    "engine-env": Commands.engine_env,
    "bench-env": Commands.bench_env,
    "check-env": Commands.check_env,
    "clean": Commands.clean,
    "doctor": Commands.doctor,
    "lock": Commands.lock,
}


def main(arguments: Sequence[str]) -> int:
    """Run a command of the Makefile's; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m backend.setup", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--root", type=Path, default=PROJECT, help="the project's folder")
    parser.add_argument("--engine", choices=KINDS, default="cpu", help="what vLLM runs on")
    given = parser.parse_args(arguments)
    if "MAKELEVEL" in os.environ:
        die_with_parent()
    commands = Commands(Layout(given.root.resolve()), os.environ, Console(), given.engine)
    try:
        return COMMANDS[given.command](commands)
    except SetupError as error:
        sys.stderr.write(f"warmline: {error}\n")
        return 1
    except Stopped as stopped:
        return stopped.exit_status
    except KeyboardInterrupt:  # before the first child was started
        return 130
