"""A real process in place of vLLM: it lies in the working folder under vLLM's own module name.

Each start plays the next run of its script; a run is a list of steps:

    "say TEXT"   print a line
    "bar TEXT"   print a state of a progress bar (ends with a carriage return)
    "orphan"     start a process that sleeps, and print `orphan PID`
    "pid"        print `pid PID`, its own
    "deaf"       ignore SIGTERM from now on
    "env NAME"   print `NAME=value`, or `NAME is unset`
    "hold"       until the test says `go_on()`
    "wait"       until a signal ends it
    "exit CODE"  end with that code
    "kill SIGNAL"  end by that signal
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.launcher.command import Command
from backend.launcher.flags import Flag
from backend.launcher.hardware import Hardware
from backend.launcher.plan import Plan

UP = "say INFO:     Application startup complete."
HARDWARE = Hardware(kind="cpu", name="Test CPU", count=2, memory_bytes=2**34)

_PROGRAM = """
import json, os, pathlib, signal, subprocess, sys

here = pathlib.Path(__file__).parent
played = here / "played"
number = len(played.read_text()) if played.exists() else 0
with played.open("a") as file:
    file.write("x")
for step in json.loads((here / "script.json").read_text())[number]:
    what, _, text = step.partition(" ")
    if what == "say":
        print(text, flush=True)
    elif what == "bar":
        print("\\r" + text, end="", flush=True)
    elif what == "orphan":
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("orphan", sleeper.pid, flush=True)
    elif what == "pid":
        print("pid", os.getpid(), flush=True)
    elif what == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif what == "env":
        value = os.environ.get(text)
        print(f"{text} is unset" if value is None else f"{text}={value}", flush=True)
    elif what == "hold":
        (here / "held").read_text()
    elif what == "wait":
        while True:
            signal.pause()
    elif what == "exit":
        sys.exit(int(text))
    elif what == "kill":
        os.kill(os.getpid(), signal.Signals[text])
"""


class ScriptedEngine:
    """Lays the program and its script into a folder."""

    def __init__(self, folder: Path, *runs: Sequence[str]) -> None:
        self.folder = folder
        self._package = folder / "vllm" / "entrypoints" / "openai"
        self._package.mkdir(parents=True)
        (self._package / "api_server.py").write_text(_PROGRAM)
        (self._package / "script.json").write_text(json.dumps(runs))
        os.mkfifo(self._package / "held")

    @property
    def num_starts(self) -> int:
        played = self._package / "played"
        return len(played.read_text()) if played.exists() else 0

    def go_on(self) -> None:
        (self._package / "held").write_text("")

    def plan(self, *flags: Flag) -> Plan:
        return Plan(
            command=Command(flags=flags, environment=os.environ, python=sys.executable),
            folder=self.folder,
            history=self.folder / "boots.json",
            profile="cpu",
            hardware=HARDWARE,
            boot_key="key",
        )
