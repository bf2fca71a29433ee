"""One run of vLLM: a process group of its own, its output line by line, nothing left behind.

    launcher ── guard ── vLLM's server ── engine core ── worker
                └────────── one process group ───────────────┘

Three deaths, one rule: no process of the group outlives the run.

- vLLM ends: the launcher kills what is left of the group.
- the guard is killed: the same.
- the launcher is killed: the guard's lifeline closes, and it kills the group.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.preload import ForkedProcess

_GUARD = Path(__file__).with_name("guard.py")
_CHUNK_BYTES = 65536
_LONGEST_LINE_CHARACTERS = 8192
_LINE_ENDS = re.compile(r"[\r\n]+")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
# How long a killed group may take to close its output: freeing a GPU's memory takes seconds.
_GONE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the output, without its end; of tqdm's bars each state is one."""

    text: str


@dataclass(frozen=True, slots=True)
class Exited:
    """The run is over and its process group is gone; the last thing that a child emits.

    `code` is vLLM's exit code, or minus the number of the signal that ended it.
    """

    code: int


Emit = Callable[[Line | Exited], None]


class Child:
    """A running vLLM.

    Args:
        argv: the command.
        environment: all of the child's environment variables.
        folder: its working directory.
        emit: told of each line, then of the exit; called in threads of the child's own.
        fork: starts the guard and the command otherwise, given the guard's end of the lifeline.

    Raises:
        OSError: The process cannot be started.
        Exception: what `fork` raised.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        emit: Emit,
        fork: Callable[[int], ForkedProcess] | None = None,
    ) -> None:
        self._emit = emit
        self._over = threading.Event()
        held_by_guard, self._lifeline = os.pipe()
        try:
            self._process: ForkedProcess | subprocess.Popen[bytes] = (
                fork(held_by_guard)
                if fork
                else _spawn_guard(held_by_guard, argv, environment, folder)
            )
        except Exception:
            os.close(self._lifeline)
            raise
        finally:
            os.close(held_by_guard)
        self._reader = threading.Thread(target=self._read, name="engine-output", daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, name="engine-exit", daemon=True).start()

    @property
    def group(self) -> int:
        """The id of its process group."""
        return self._process.pid

    def stop(self, grace_seconds: float) -> None:
        """End it, with SIGTERM first and SIGKILL after the grace; return when it is gone."""
        if not self._over.is_set():
            self._process.terminate()
        if not self._over.wait(grace_seconds):
            self._kill_group()
            self._over.wait(_GONE_SECONDS)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    def _read(self) -> None:
        assert self._process.stdout is not None  # a pipe was asked for
        with self._process.stdout as output:
            chunks = iter(lambda: os.read(output.fileno(), _CHUNK_BYTES), b"")
            for text in split_lines(chunks):
                self._emit(Line(text))

    def _wait(self) -> None:
        code = self._process.wait()
        self._kill_group()
        # The output ends when the last process of the group has closed it.
        self._reader.join(_GONE_SECONDS)
        os.close(self._lifeline)
        self._over.set()
        self._emit(Exited(_exit_code(code)))


def _exit_code(of_guard: int) -> int:
    """As `Exited` has it; the guard says 128 and its number for a signal, as a shell does."""
    signals = {number.value for number in signal.Signals}
    return 128 - of_guard if of_guard - 128 in signals else of_guard


def _spawn_guard(
    lifeline: int, argv: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    # -I -S: the guard starts in 20 ms and nothing in its environment can change it.
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_GUARD), str(lifeline), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        pass_fds=(lifeline,),
        start_new_session=True,
        bufsize=0,
    )


def split_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""Lines out of bytes cut anywhere; `\r` ends a line too, and empty lines are left out.

    Bytes that are no UTF-8 become `�`, escape sequences and control characters go, and a line
    that does not end is cut after 8,192 characters.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    pending = ""
    for chunk in chunks:
        *lines, pending = _LINE_ENDS.split(pending + decoder.decode(chunk))
        if len(pending) > _LONGEST_LINE_CHARACTERS:
            lines, pending = [*lines, pending], ""
        yield from _readable(lines)
    yield from _readable([pending])


def _readable(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = _ESCAPES.sub("", line).rstrip()[:_LONGEST_LINE_CHARACTERS]
        if text:
            yield text
