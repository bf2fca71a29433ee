"""An engine under its launcher, as a process: what a person's start is, with a clock beside it.

Standard library only: it runs beside vLLM, wherever that is.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backend.bench.gate_log import ROOT, Opening
from backend.launcher.options import PREFIX
from backend.setup.procfs import listener

LOOK_SECONDS = 0.1
LIMIT_SECONDS = 420.0
# A person's own variables decide how quick a start is, and nothing else: another's key or port
# would make it an engine that the bench cannot ask.
_INHERITED = frozenset({"WARMLINE_ENGINE_SHORTCUTS"})

open_directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
"""Opens a URL of this machine, to which no proxy leads."""


class BootFailedError(Exception):
    """The engine did not come up; `str()` holds the problem and the log's end.

    Args:
        said: the problem and the log's end.
        reason: the problem in one sentence, where the launcher has one.
    """

    def __init__(self, said: str, reason: str = "the engine did not start") -> None:
        super().__init__(said)
        self.reason = reason


@dataclass(slots=True)
class Boot:
    """One start: seconds of each phase in order, until `/health` said 200, until the gate opened.

    `started_at` is in monotonic seconds. `bursts` are the warm-up's: requests at once, mean TTFT.
    `num_files_written`: new and changed files, by cache.
    """

    started_at: float
    phases: list[tuple[str, float]] = field(default_factory=list)
    health_seconds: float = 0.0
    ready_seconds: float | None = None
    bursts: list[list[float]] = field(default_factory=list)
    num_files_written: dict[str, int] = field(default_factory=dict)
    num_kv_cache_tokens: int | None = None
    max_model_len: int | None = None
    shortcuts: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def opens(self, opening: Opening) -> None:
        """The gate opened, so the start is over."""
        self.ready_seconds = round(opening.at - self.started_at, 2)
        self.bursts = opening.bursts

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {name: value for name, value in asdict(self).items() if name != "started_at"}


class LaunchedEngine:
    """Starts the launcher, waits for vLLM, ends both: a context manager.

    Args:
        python: of vLLM's environment.
        options: the launcher's variables, without the addresses.
        log: where its output goes.
        environment: what else the process inherits, without other options of the launcher; by
            default this one's.
    """

    def __init__(
        self,
        python: str,
        options: Mapping[str, str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port, self.status_port = free_port(), free_port()
        inherited = os.environ if environment is None else environment
        self._environment = _without_options(inherited) | {
            **options,
            "PYTHONPATH": str(ROOT),
            "WARMLINE_ENGINE_PORT": str(self.port),
            "WARMLINE_STATUS_PORT": str(self.status_port),
        }
        self._python = python
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.boot = Boot(time.monotonic())

    def __enter__(self) -> Self:
        started = time.monotonic()
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [self._python, "-m", "backend.launcher"],
                cwd=self._log.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.boot = self._wait(started)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the launcher, and vLLM with it."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def crash(self) -> Boot:
        """Kill all of vLLM with SIGKILL, and return the start that follows by itself."""
        server = listener(self.port)
        assert server is not None, "nobody listens on the engine's port"
        started = time.monotonic()
        os.killpg(os.getpgid(server.pid), signal.SIGKILL)
        while is_healthy(self.port) or self.status().get("phase") == "serving":
            time.sleep(LOOK_SECONDS)
        return self._wait(started)

    def status(self) -> dict[str, Any]:
        """What the launcher's page says; empty while it does not answer."""
        try:
            url = f"http://127.0.0.1:{self.status_port}/status"
            with open_directly(url, timeout=2) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except (OSError, ValueError):
            return {}

    def _wait(self, started: float) -> Boot:
        boot, phase, since = Boot(started), "starting", started
        while True:
            now, status = time.monotonic(), self.status()
            said = status.get("phase", phase)
            if said != phase:
                boot.phases.append((phase, round(now - since, 2)))
                phase, since = said, now
            if phase == "serving" and is_healthy(self.port):
                boot.health_seconds = round(time.monotonic() - started, 2)
                boot.num_kv_cache_tokens = status.get("num_kv_cache_tokens")
                boot.max_model_len = status.get("max_model_len")
                boot.shortcuts = status.get("shortcuts", [])
                boot.command = status.get("command", [])
                return boot
            if phase == "failed" or now - started > LIMIT_SECONDS:
                problem = status.get("problem") or {"message": "the engine did not start in time"}
                raise BootFailedError(f"{problem}\n{self._log_end()}", problem["message"])
            if self._process is None or self._process.poll() is not None:
                raise BootFailedError(
                    f"the launcher ended\n{self._log_end()}",
                    f"the launcher ended: {self._log_end(1) or 'it said nothing'}",
                )
            time.sleep(LOOK_SECONDS)

    def _log_end(self, num_lines: int = 20) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if line.strip()][-num_lines:])


def _without_options(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name in _INHERITED or not name.startswith(PREFIX)
    }


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def is_healthy(port: int) -> bool:
    """Whether the engine's `/health` answers 200."""
    try:
        with open_directly(f"http://127.0.0.1:{port}/health", timeout=2):
            return True
    except OSError:
        return False
