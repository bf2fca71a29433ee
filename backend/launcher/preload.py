"""The launcher's end of the parent that has vLLM imported (`preloaded.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PARENT = Path(__file__).with_name("preloaded.py")
_READY_SECONDS = 300.0  # the imports took 72 s on a host whose disk was cold
_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.1


class PreloadError(Exception):
    """No engine can be forked; `str()` says why."""


class ForkedProcess:
    """An engine's guard, forked by the parent: like `subprocess.Popen`, as far as `Child` needs.

    Args:
        pid: the guard's, which leads the process group.
        output: where the engine writes, to read from.
        exit_code: a pipe on which the guard writes the exit code as it ends.
    """

    def __init__(self, pid: int, output: IO[bytes], exit_code: int) -> None:
        self.pid = pid
        self.stdout = output
        self._exit_code = exit_code

    def terminate(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> int:
        """The exit code; minus the number of the signal that ended it, or the guard."""
        with open(self._exit_code, "rb") as pipe:  # noqa: PTH123
            written = pipe.read()
        return int(written) if written else -signal.SIGKILL


class PreloadedParent:
    """Starts the parent, and forks engines from it; started again if it has died.

    Args:
        python: vLLM's Python.
        environment: the engine's; see `fits`.
        folder: the engine's working directory.
        on_group: told of the process group in which the imports run.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        python: str,
        environment: Mapping[str, str],
        folder: Path,
        *,
        on_group: Callable[[int], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._python = python
        self._environment = dict(environment)
        self._folder = folder
        self._on_group = on_group
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether a fork is at hand, without waiting for the imports."""
        return self._is_ready and self._is_alive

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether an engine with this environment can be forked: it has the parent's."""
        return dict(environment) == self._environment

    def start(
        self,
        arguments: Sequence[str],
        lifeline: int,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> ForkedProcess:
        """Fork an engine, once the imports are done.

        Args:
            arguments: `-m`, the module, and its arguments.
            lifeline: the read end of the pipe that closes when the launcher ends.
            is_stopping: whether to wait no longer.

        Raises:
            PreloadError: there is no parent to fork from, or it refuses.
        """
        try:
            self._wait_until_ready(is_stopping)
            return self._fork(arguments, lifeline)
        except (OSError, ValueError) as error:
            self.close()
            raise PreloadError(str(error) or type(error).__name__) from None
        except PreloadError:
            self.close()
            raise

    def close(self) -> None:
        """End the parent; its engines go on."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None
        self._is_ready = False

    @property
    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _wait_until_ready(self, is_stopping: Callable[[], bool]) -> None:
        if not self._is_alive:
            self.close()
            self._start_parent()
        if not self._is_ready:
            self._hear(_READY_SECONDS, is_stopping)
            self._is_ready = True

    def _start_parent(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            # -P: its folder is no import path, or our `profile` would be taken for Python's
            self._process = subprocess.Popen(
                [self._python, "-P", str(_PARENT), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environment,
                cwd=self._folder,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._on_group(self._process.pid)

    def _fork(self, arguments: Sequence[str], lifeline: int) -> ForkedProcess:
        assert self._socket is not None
        _, module, *rest = arguments
        request = {"module": module, "arguments": rest, "folder": str(self._folder)}
        output, output_end = os.pipe()
        exit_code, exit_code_end = os.pipe()
        try:
            line = json.dumps(request).encode()
            socket.send_fds(self._socket, [line], [output_end, lifeline, exit_code_end])
            pid = self._hear(_ANSWER_SECONDS)["pid"]
        except BaseException:
            os.close(output)
            os.close(exit_code)
            raise
        finally:
            os.close(output_end)
            os.close(exit_code_end)
        return ForkedProcess(pid, os.fdopen(output, "rb", buffering=0), exit_code)

    def _hear(
        self, within_seconds: float, is_stopping: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        """The next message of the parent or of a guard."""
        assert self._socket is not None
        until = self._clock() + within_seconds
        while not select.select([self._socket], [], [], _POLL_SECONDS)[0]:
            if is_stopping():
                raise PreloadError("the launcher is being stopped")
            if self._clock() >= until:
                raise PreloadError(f"no answer within {within_seconds:g} s")
        with self._socket.makefile("rb", buffering=0) as messages:
            line = messages.readline()
        if not line:
            raise PreloadError("it has ended")
        message: dict[str, Any] = json.loads(line)
        if "failed" in message:
            raise PreloadError(str(message["failed"]))
        return message
