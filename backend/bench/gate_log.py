"""The gate beside an engine that is measured: a process of the chat's environment, and its log."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
BEGIN_SECONDS = 60.0  # imports on busy cores
READY_SECONDS = 180.0


class GateFailedError(Exception):
    """The gate did not begin or did not open; `str()` says which."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The gate opened.

    `at` is in monotonic seconds; `bursts` are the warm-up's: requests at once, their mean TTFT.
    """

    at: float
    bursts: list[list[float]]


class GateLog:
    """Runs the gate for one engine: a context manager.

    Args:
        python: of the chat's environment.
        engine_port: the engine's.
        status_port: the launcher's; `None` without a launcher.
        data: the chat's folder: what it knows of earlier starts.
        errors: the file for the gate's own log.
    """

    def __init__(
        self, python: str, *, engine_port: int, status_port: int | None, data: Path, errors: Path
    ) -> None:
        address = "http://127.0.0.1"
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._environment = os.environ | {
            "PYTHONPATH": path,
            "WARMLINE_ENGINE_URL": f"{address}:{engine_port}/v1",
            "WARMLINE_DATA_DIR": str(data),
            "WARMLINE_STATUS_URL": f"{address}:{status_port}/status" if status_port else "",
        }
        self._python = python
        self._errors = errors
        self._changes: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [self._python, "-m", "backend.bench.gate"],
                cwd=self._errors.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader.start()
        # Its imports are over before the engine's begin: they would be in each other's way.
        with self._changed:
            self._changed.wait_for(lambda: self._changes or self._is_over, BEGIN_SECONDS)
        if not self._changes:
            self._end()
            raise GateFailedError(f"the gate did not begin: see {self._errors.name}")
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def opens(self, since: float) -> Opening:
        """Wait until the gate opens after `since` (monotonic seconds).

        Raises:
            GateFailedError: It did not, within three minutes.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._opening(since) or self._is_over, READY_SECONDS)
            opening = self._opening(since)
        if opening is None:
            raise GateFailedError(f"the gate did not open: {self._changes[-1]}")
        return opening

    def _opening(self, since: float) -> Opening | None:
        for change in self._changes:
            if change["phase"] == "ready" and change["at"] > since:
                return Opening(at=change["at"], bursts=change["bursts"])
        return None

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    with self._changed:
                        self._changes.append(json.loads(line))
                        self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
