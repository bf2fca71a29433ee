"""Child processes that never outlive us, however we end.

Each is a session of its own, so that Ctrl-C reaches us alone and we end them in order. The kernel
ends them when we are killed, and hands us the orphans of those that were.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from backend.setup.procfs import descendants

_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h, and the next
_PR_SET_CHILD_SUBREAPER = 36
_CHUNK_BYTES = 65536
_SWEEPS = 20
_SWEEP_SECONDS = 0.05


class Child:
    """A running child process.

    Use `Child.start`.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        folder: Path,
        output: int | BinaryIO | None = None,
        when_orphaned: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start a command in a session of its own.

        Args:
            command: the program and its arguments.
            env: all of its environment variables.
            folder: its working directory.
            output: where both its outputs go; `None`: where ours go.
            when_orphaned: the signal that it gets when we die.
        """
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                env=env,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_dying_with(os.getpid(), when_orphaned),
            )
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def lines(self) -> AsyncIterator[str]:
        r"""Its output, started with `output=PIPE`, line by line; `\r` ends a line too."""
        assert self._process.stdout is not None
        pending = ""
        while chunk := await self._process.stdout.read(_CHUNK_BYTES):
            *lines, pending = (
                (pending + chunk.decode(errors="replace")).replace("\r", "\n").split("\n")
            )
            for line in lines:
                yield line
        if pending:
            yield pending

    async def wait(self) -> int:
        """Its exit code; minus the number of the signal that ended it."""
        return await self._process.wait()

    async def stop(self, grace_seconds: float) -> None:
        """End it: SIGTERM, after the grace SIGKILL to all of its session."""
        try:
            if self._process.returncode is None:
                self._process.terminate()
                async with asyncio.timeout(grace_seconds):
                    await self._process.wait()
        except TimeoutError:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


async def run_logged(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    folder: Path,
    log: TextIO,
    on_line: Callable[[str], object] | None = None,
) -> int:
    """Run a command to its end, each line of its output to the log and to `on_line`.

    Returns its exit code. It is killed when this is cancelled, and when we are killed.
    """
    child = await Child.start(
        command,
        env=env,
        folder=folder,
        output=asyncio.subprocess.PIPE,
        when_orphaned=signal.SIGKILL,
    )
    try:
        async for line in child.lines():
            log.write(f"{line}\n")
            if on_line:
                on_line(line)
        return await child.wait()
    finally:
        await child.stop(grace_seconds=0)


def die_with_parent() -> None:
    """Get SIGTERM when the process that started us dies."""
    if prepare := _dying_with(os.getppid(), signal.SIGTERM):
        prepare()


def adopt_orphans() -> None:
    """Become the parent of orphans below us, so that `kill_descendants` sees them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants() -> None:
    """Kill every process below this one, and those that they start meanwhile."""
    for _ in range(_SWEEPS):
        below = descendants(os.getpid())
        for process in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        if not below:
            return
        time.sleep(_SWEEP_SECONDS)


def _dying_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """What a child calls first, so that it gets the signal when its parent dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(
        None
    ).prctl  # loaded before the fork: between fork and exec nothing may wait

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return prepare
