"""vLLM by itself, without our launcher: what everything is measured beside."""

from __future__ import annotations

import os
import re
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

_KV_CACHE = re.compile(r"KV cache size: ([\d,]+) tokens")


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
        self.boot = Boot()
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
        while not is_healthy(self.port):
            seconds = time.monotonic() - started
            if self._process.poll() is not None or seconds > LIMIT_SECONDS:
                self.stop()
                raise BootFailedError("\n".join(self._lines()[-20:]))
            time.sleep(LOOK_SECONDS)
        self.boot = Boot(
            health_seconds=round(time.monotonic() - started, 2),
            num_kv_cache_tokens=self._num_kv_cache_tokens(),
            command=self._command,
        )
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

    def _lines(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines()

    def _num_kv_cache_tokens(self) -> int | None:
        found = _KV_CACHE.findall("\n".join(self._lines()))
        return int(found[-1].replace(",", "")) if found else None
