"""`python -m backend.bench.boot`: how long the engine's starts take, beside vLLM by itself.

    cold    every cache empty, bytecode included
    warm    the same again
    crash   the server killed with SIGKILL, until it serves again by itself
    plain   vLLM without the launcher: the same flags, its own caches kept, none of our shortcuts,
            and no bytecode, as in an image whose packages are not compiled

Seconds are from the start of the process (or the kill) to `/health` 200.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from backend.bench.launched import Boot, BootFailedError, LaunchedEngine
from backend.bench.plain import PlainEngine

SCENARIOS = ("cold", "warm", "crash", "plain")


class BootBench:
    """Plays the scenarios on one model and one profile.

    Args:
        arguments: of the command line.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._caches = arguments.out / "caches"
        self._command: list[str] = []

    def play(self) -> Iterator[tuple[str, Boot]]:
        """Each start as it is over."""
        wanted = self._arguments.scenarios
        if "cold" in wanted:
            yield "cold", self._launched("cold")
        for _ in range(self._arguments.rounds if "warm" in wanted else 0):
            yield "warm", self._launched("warm")
        if "crash" in wanted:
            with self._engine("crash") as engine:
                self._command = engine.boot.command
                for _ in range(self._arguments.rounds):
                    yield "crash", engine.crash()
        for number in range(self._arguments.rounds if "plain" in wanted else 0):
            yield "plain", self._plain(number)

    def _launched(self, name: str) -> Boot:
        with self._engine(name) as engine:
            self._command = engine.boot.command
            return engine.boot

    def _engine(self, name: str) -> LaunchedEngine:
        arguments = self._arguments
        options = {
            "WARMLINE_ENGINE_MODEL": arguments.model,
            "WARMLINE_ENGINE_PROFILE": arguments.profile,
            "WARMLINE_ENGINE_FLAGS": arguments.flags,
            "WARMLINE_CACHE_DIR": str(self._caches / "warmline"),
            "WARMLINE_ENGINE_BYTECODE_DIR": str(self._caches / "bytecode"),
        }
        environment = os.environ | {"VLLM_CACHE_ROOT": str(self._caches / "vllm")}
        return LaunchedEngine(
            arguments.python, options, arguments.out / f"boot-{name}.log", environment
        )

    def _plain(self, number: int) -> Boot:
        """The command that the launcher started, by itself."""
        flags = _without_address(self._command[self._command.index("--model") :])
        environment = os.environ | {
            "VLLM_CACHE_ROOT": str(self._caches / "vllm"),
            "PYTHONPYCACHEPREFIX": str(self._caches / "none"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        log = self._arguments.out / f"boot-plain-{number}.log"
        with PlainEngine(self._arguments.python, flags, log, environment) as engine:
            return engine.boot


def summary(boots: list[dict[str, Any]]) -> str:
    """The table of the results, in Markdown."""
    lines = ["| start | times | median s | min–max s |", "|---|---|---|---|"]
    for name in SCENARIOS:
        seconds = [b["health_seconds"] for b in boots if b["scenario"] == name]
        if seconds:
            spread = f"{min(seconds):.1f}–{max(seconds):.1f}"
            lines.append(f"| {name} | {len(seconds)} | {median(seconds):.1f} | {spread} |")
    return "\n".join(lines)


def main() -> int:
    """Play the scenarios, write each result at once, print the table."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    boots: list[dict[str, Any]] = []
    failed = 0
    try:
        for scenario, boot in BootBench(arguments).play():
            boots.append({"scenario": scenario, **boot.as_json()})
            _write(arguments.out / f"{arguments.name}.json", boots)
            sys.stdout.write(f"{scenario} {boot.health_seconds} s {boot.phases}\n")
            sys.stdout.flush()
    except BootFailedError as error:
        sys.stdout.write(f"{error}\n")
        failed = 1
    sys.stdout.write(summary(boots) + "\n")
    return failed


def _without_address(flags: list[str]) -> list[str]:
    kept, skip = [], False
    for word in flags:
        if word in ("--host", "--port"):
            skip = True
        elif skip:
            skip = False
        else:
            kept.append(word)
    return kept


def _write(path: Path, boots: list[dict[str, Any]]) -> None:
    on = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "num_cores": os.cpu_count(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": " ".join(sys.argv),
    }
    path.write_text(json.dumps({"on": on, "boots": boots}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench.boot", description="Times the engine's starts."
    )
    parser.add_argument("--python", default=sys.executable, help="of vLLM's environment")
    parser.add_argument("--model", required=True, help="a folder or a hub id")
    parser.add_argument("--profile", default="auto")
    parser.add_argument("--flags", default="", help="appended to vLLM's command")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--name", default="boot", help="of the result's file")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
