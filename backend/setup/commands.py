"""The commands behind the Makefile's targets."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.setup import doctor
from backend.setup.children import adopt_orphans, die_with_parent, kill_descendants
from backend.setup.clean import clean
from backend.setup.console import Console
from backend.setup.demo import Demo
from backend.setup.environment import for_children, read_environment, text_of
from backend.setup.errors import SetupError
from backend.setup.layout import Layout, python_of
from backend.setup.model import model_step
from backend.setup.steps import SetUp, Step
from backend.setup.system import ensure_browser
from backend.setup.venvs import chat_venv, dev_venv, engine_venv, venv_step

ROOT = Path(__file__).resolve().parents[2]


class Commands:
    """Each method is a command; it returns the exit status.

    Args:
        layout: of the checkout.
        environment: the person's, `.env` included.
        console: what the person sees.
    """

    def __init__(self, layout: Layout, environment: Mapping[str, str], console: Console) -> None:
        self._layout = layout
        self._environment = environment
        self._console = console

    def demo(self) -> int:
        """The chat, and an engine of its own."""
        doctor.check_engine_platform()
        doctor.check_chat_port(self._environment, "make demo")
        if "WARMLINE_ENGINE_URL" in self._environment:
            self._console.say("make demo starts an engine of its own; make chat uses yours.")
        steps = self._demo_steps()
        demo = Demo(self._layout, self._environment, self._console, steps)

        async def check_then_run() -> int:
            await self._check(steps)
            return await demo.run()

        status, stopped = run(check_then_run())
        return 0 if stopped and demo.was_up else status

    def chat(self) -> int:
        """The chat alone, in place of this process."""
        doctor.check_chat_port(self._environment, "make chat")
        self._set_up([self._chat_step()], say_if_done=False)
        python = str(python_of(self._layout.chat))
        os.chdir(self._layout.root)
        os.execve(python, [python, "-m", "backend"], for_children(os.environ))

    def test_env(self) -> int:
        """All that the tests need."""
        doctor.check_engine_platform()
        run(ensure_browser(self._layout, self._environment, self._console))
        self._set_up([self._dev_step(), *self._demo_steps()])
        return 0
