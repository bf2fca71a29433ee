"""vLLM by itself, without our launcher: what everything is measured beside."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.bench.launched import (
    LIMIT_SECONDS,
    LOOK_SECONDS,
    Boot,
    BootFailedError,
    free_port,
    is_healthy,
)
from backend.launcher.follow import Boot as LoggedBoot


class PlainEngine:
    """Starts `vllm serve`'s server with these flags, and ends it: a context manager.

    Args:
        python: of vLLM's environment.
        flags: vLLM's, without the address.
        log: where its output goes.
        environment: what the process inherits; by default this one's.
    """

    def __init__(
        self,
        python: str,
        flags: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.boot = Boot(time.monotonic())
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        self._command = [python, "-m", "vllm.entrypoints.openai.api_server", *flags, *address]
        inherited = os.environ if environment is None else environment
        self._environment = {k: v for k, v in inherited.items() if k != "PYTHONPATH"}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        started = time.monotonic()
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.boot = self._follow(started)
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
        """End it and all its processes."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _follow(self, started: float) -> Boot:
        """Read its log as the launcher does, until it serves."""
        assert self._process is not None
        log, num_seen, is_up = LoggedBoot(), 0, False
        while not is_up:
            seconds = time.monotonic() - started
            if self._process.poll() is not None or seconds > LIMIT_SECONDS:
                raise BootFailedError("\n".join(self._lines()[-20:]))
            time.sleep(LOOK_SECONDS)
            is_up = is_healthy(self.port)
            lines = self._lines()
            for line in lines[num_seen:]:
                log.see(line)
            num_seen = len(lines)
        reading = log.read()
        return Boot(
            started,
            phases=[(phase, round(took, 2)) for phase, took in log.seconds_by_phase.items()],
            health_seconds=round(time.monotonic() - started, 2),
            num_kv_cache_tokens=reading.num_kv_cache_tokens,
            max_model_len=reading.max_model_len,
            command=self._command,
        )

    def _lines(self) -> list[str]:
        """The whole lines that it has written."""
        return self._log.read_text(errors="replace").rpartition("\n")[0].splitlines()
