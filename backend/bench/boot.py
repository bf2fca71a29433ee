"""`python -m backend.bench.boot`: how long the engine's starts take, beside vLLM by itself.

    cold    every cache empty, bytecode included
    warm    the same again
    crash   the server killed with SIGKILL, until it serves again by itself
    plain   vLLM without the launcher: the same flags, its own caches kept, none of our shortcuts,
            and no bytecode, as in an image whose packages are not compiled

Seconds are from the start of the process (or the kill) to `/health` 200 and, with the Python of
the chat's environment, until the chat's gate opens after its warm-up. Writes NAME.json after each
start, then NAME.svg, and prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from backend.bench.boot_chart import chart
from backend.bench.boot_table import SCENARIOS, table
from backend.bench.gate_log import GateFailedError, GateLog
from backend.bench.launched import Boot, BootFailedError, LaunchedEngine
from backend.bench.plain import PlainEngine
from backend.bench.stopping import stop_like_ctrl_c
from backend.launcher.caches import Cache, Files, num_written
from backend.launcher.restart import RestartPolicy

MOST_CRASHES = RestartPolicy().loop_crashes - 1  # one more is a crash loop, and not started again
# The address is chosen anew for each start.
_ADDRESS = ("--host", "--port")


class BootBench:
    """Plays the scenarios on one model and one profile.

    Args:
        arguments: of the command line.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        caches = (arguments.caches or arguments.out / "caches").resolve()
        self._caches = {name: Cache(name, caches / name) for name in ("bytecode", "compiled")}
        self._warmline, self._none = caches / "warmline", caches / "none"
        self._chat = caches / "chat"
        self._flags: list[str] = []

    def play(self) -> Iterator[tuple[str, Boot]]:
        """Each start as it is over."""
        wanted, num_rounds = self._arguments.scenarios, self._arguments.rounds
        if "cold" in wanted:
            with self._launched("cold") as (_, _, boot):
                yield "cold", boot
        # The last warm start's engine is the one that crashes.
        for number in range(num_rounds if {"warm", "crash"} & set(wanted) else 0):
            is_last = number == num_rounds - 1
            if "warm" in wanted or is_last:
                with self._launched(f"warm-{number}") as (engine, gate, boot):
                    if "warm" in wanted:
                        yield "warm", boot
                    if "crash" in wanted and is_last:
                        for _ in range(min(num_rounds, MOST_CRASHES)):
                            yield "crash", _opened(engine.crash(), gate)
        for number in range(self._arguments.plain_rounds if "plain" in wanted else 0):
            with self._plain(number) as boot:
                yield "plain", boot

    @contextmanager
    def _launched(self, name: str) -> Iterator[tuple[LaunchedEngine, GateLog | None, Boot]]:
        """An engine under its launcher, started and measured."""
        engine = self._engine(name)
        before = self._files()
        with self._gate(engine.port, engine.status_port, name) as gate, engine:
            boot = _opened(engine.boot, gate)
            boot.num_files_written = self._num_written(before)
            self._flags = _without_address(boot.command)
            yield engine, gate, boot

    @contextmanager
    def _plain(self, number: int) -> Iterator[Boot]:
        """The command that the launcher started, by itself."""
        environment = os.environ | {
            "VLLM_CACHE_ROOT": str(self._caches["compiled"].folder),
            "PYTHONPYCACHEPREFIX": str(self._none),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        log = self._arguments.out / f"boot-plain-{number}.log"
        engine = PlainEngine(self._arguments.python, self._flags, log, environment)
        before = self._files()
        with self._gate(engine.port, None, f"plain-{number}") as gate, engine:
            boot = _opened(engine.boot, gate)
            boot.num_files_written = self._num_written(before)
            yield boot

    def _files(self) -> dict[str, Files]:
        return {name: cache.files() for name, cache in self._caches.items()}

    def _num_written(self, before: Mapping[str, Files]) -> dict[str, int]:
        after = self._files()
        return {name: num_written(files, after[name]) for name, files in before.items()}

    def _gate(
        self, engine_port: int, status_port: int | None, name: str
    ) -> AbstractContextManager[GateLog | None]:
        arguments = self._arguments
        if arguments.chat_python is None:
            return nullcontext()
        return GateLog(
            arguments.chat_python,
            engine_port=engine_port,
            status_port=status_port,
            data=self._chat,
            errors=arguments.out / f"gate-{name}.log",
        )

    def _engine(self, name: str) -> LaunchedEngine:
        arguments = self._arguments
        options = {
            "WARMLINE_ENGINE_MODEL": arguments.model,
            "WARMLINE_ENGINE_PROFILE": arguments.profile,
            "WARMLINE_ENGINE_FLAGS": arguments.flags,
            "WARMLINE_CACHE_DIR": str(self._warmline),
            "WARMLINE_ENGINE_BYTECODE_DIR": str(self._caches["bytecode"].folder),
        }
        environment = os.environ | {"VLLM_CACHE_ROOT": str(self._caches["compiled"].folder)}
        return LaunchedEngine(
            arguments.python, options, arguments.out / f"boot-{name}.log", environment
        )


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
            ready = "" if boot.ready_seconds is None else f", ready {boot.ready_seconds} s"
            sys.stdout.write(f"{scenario}: /health {boot.health_seconds} s{ready}\n")
            sys.stdout.flush()
    except (BootFailedError, GateFailedError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        failed = 1
    if boots:
        (arguments.out / f"{arguments.name}.svg").write_text(chart(boots))
    sys.stdout.write(table(boots) + "\n")
    return failed


def _opened(boot: Boot, gate: GateLog | None) -> Boot:
    """The start, over when the gate has opened."""
    if gate:
        boot.opens(gate.opens(boot.started_at))
    return boot


def _without_address(command: list[str]) -> list[str]:
    """The flags of a launcher's command, but for host and port."""
    words = command[command.index("--model") :]
    skipped = {
        place + offset for place, w in enumerate(words) if w in _ADDRESS for offset in (0, 1)
    }
    return [word for place, word in enumerate(words) if place not in skipped]


def _write(path: Path, boots: list[dict[str, Any]]) -> None:
    on = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "num_cores": os.cpu_count(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": " ".join(sys.argv),
    }
    path.write_text(json.dumps({"on": on, "boots": boots}, indent=1) + "\n")


def _program(path: str) -> str:
    """Absolute, for the processes work in another folder; a link to an interpreter is kept."""
    return str(Path(path).absolute())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench.boot", description="Times the engine's starts."
    )
    parser.add_argument("--python", type=_program, default=sys.executable, help="of vLLM's venv")
    parser.add_argument(
        "--chat-python", type=_program, help="of the chat's venv, to measure until the gate opens"
    )
    parser.add_argument("--model", required=True, help="a folder or a hub id")
    parser.add_argument("--profile", default="auto")
    parser.add_argument("--flags", default="", help="appended to vLLM's command")
    parser.add_argument("--rounds", type=int, default=3, help="of warm and of crash")
    parser.add_argument("--plain-rounds", type=int, default=2)
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--name", default="boot", help="of the result's file")
    parser.add_argument("--caches", type=Path, help="kept from run to run; default: in --out")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out = arguments.out.resolve()
    if Path(arguments.model).is_dir():
        arguments.model = str(Path(arguments.model).resolve())
    return arguments


if __name__ == "__main__":
    stop_like_ctrl_c()
    sys.exit(main())
