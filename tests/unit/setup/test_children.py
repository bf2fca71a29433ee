from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from pathlib import Path

import pytest

from backend.setup.children import Child, run_logged
from backend.setup.procfs import descendants

ENV = dict(os.environ)

SAYS_IT_LISTENS = "import signal, sys; print('up', flush=True); "
WAITS = f"{SAYS_IT_LISTENS} signal.pause()"
IGNORES_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


async def started(folder: Path, program: str) -> Child:
    """A Python program as a child, once it says that it is up."""
    child = await Child.start(
        (sys.executable, "-c", program), env=ENV, folder=folder, output=asyncio.subprocess.PIPE
    )
    async for line in child.lines():
        assert line == "up"
        break
    return child


async def test_a_child_is_ended_with_sigterm(tmp_path: Path) -> None:
    child = await started(tmp_path, WAITS)
    await child.stop(grace_seconds=10)
    assert await child.wait() == -signal.SIGTERM


async def test_a_child_that_does_not_end_is_killed_after_the_grace(tmp_path: Path) -> None:
    child = await started(tmp_path, IGNORES_SIGTERM)
    await child.stop(grace_seconds=0.05)
    assert await child.wait() == -signal.SIGKILL


async def test_what_a_child_has_started_ends_with_it(tmp_path: Path) -> None:
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITS!r}]); "
    child = await started(tmp_path, program + "import signal; signal.pause()")
    (process,) = [one for one in descendants(os.getpid()) if program in one.command]
    (grandchild,) = descendants(process.pid)
    await child.stop(grace_seconds=0.05)
    async with asyncio.timeout(10):
        while Path(f"/proc/{grandchild.pid}/cmdline").exists():  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.01)


async def test_stopping_a_child_that_has_ended_is_no_mistake(tmp_path: Path) -> None:
    child = await Child.start((sys.executable, "-c", ""), env=ENV, folder=tmp_path)
    assert await child.wait() == 0
    await child.stop(grace_seconds=1)


async def test_a_run_keeps_each_line_and_gives_the_exit_code(tmp_path: Path) -> None:
    log = io.StringIO()
    lines: list[str] = []
    program = "import sys; print('1%', end='\\r'); print('2%'); print('end', end=''); sys.exit(3)"
    code = await run_logged(
        (sys.executable, "-c", program),
        env=ENV,
        folder=tmp_path,
        log=log,
        on_line=lines.append,
    )
    assert code == 3
    assert lines == ["1%", "2%", "end"]
    assert log.getvalue() == "1%\n2%\nend\n"


async def test_a_cancelled_run_leaves_no_process_behind(tmp_path: Path) -> None:
    up = asyncio.Event()
    running = asyncio.create_task(
        run_logged(
            (sys.executable, "-c", IGNORES_SIGTERM),
            env=ENV,
            folder=tmp_path,
            log=io.StringIO(),
            on_line=lambda line: up.set(),
        )
    )
    await up.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [one for one in descendants(os.getpid()) if IGNORES_SIGTERM in one.command]
