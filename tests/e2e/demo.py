"""The real product with its real engine, as a newcomer starts it: `make demo`.

async with Demo(data_dir) as demo:
    await demo.ready(within_seconds=BOOT_SECONDS)
    demo.kill_engine()
    await demo.press_ctrl_c()
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from backend.setup.procfs import PROC, Process, descendants, listener, processes
from tests.fakes.product import Product, free_port
from tests.fakes.server import LOOPBACK

BOOT_SECONDS = 180.0  # the first boot, which compiles, on two busy cores
STOP_SECONDS = 30.0
MAX_TOKENS = 400  # a small model may go on for minutes
MARK = "DEMO_OF_A_TEST"  # a variable that each process of the demo inherits


class Demo(Product):
    """`make demo` in a process group of its own; the engine and its status page on free ports.

    Args:
        data_dir: where the chat keeps what it writes; outlives it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._mark = f"{MARK}={uuid.uuid4()}"
        self._engine_port = free_port()
        self._sessions: set[int] = set()
        settings = {
            "WARMLINE_ENGINE_PORT": str(self._engine_port),
            "WARMLINE_STATUS_PORT": str(free_port()),
            "WARMLINE_MAX_TOKENS": str(MAX_TOKENS),
            MARK: self._mark.removeprefix(f"{MARK}="),
        }
        super().__init__(data_dir, settings, command=("make", "demo"))

    async def __aenter__(self) -> Self:
        """Start it; the chat serves, the engine does not yet."""
        return await super().__aenter__()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(error_type, error, traceback)
        finally:
            kill(self.processes())

    async def press_ctrl_c(self) -> None:
        """SIGINT to the whole group in front, as a terminal does; returns when make has ended."""
        self.processes()  # remembers their sessions
        os.killpg(self.process.pid, signal.SIGINT)
        await self.exit_status(STOP_SECONDS)

    # -- the engine -------------------------------------------------------------------------------

    def engine(self) -> list[Process]:
        """vLLM's server and all that it started."""
        server = listener(self._engine_port)
        assert server, f"no engine listens: {self.log_tail()}"
        return [server, *descendants(server.pid)]

    def kill_engine(self) -> None:
        """SIGKILL to all of vLLM, as when the machine runs out of memory."""
        self.processes()  # remembers their sessions
        kill(self.engine())

    async def num_requests_running(self) -> float:
        """What vLLM itself says that it is generating."""
        url = f"http://{LOOPBACK}:{self._engine_port}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            text = await response.text()
        found = re.search(r"^vllm:num_requests_running\{.*\} (.+)$", text, re.MULTILINE)
        assert found, f"no running count in\n{text}"
        return float(found[1])

    # -- what is there of it ----------------------------------------------------------------------

    def processes(self) -> list[Process]:
        """The running processes of this demo.

        By the environment, and by the sessions seen before: a process that sets its own title,
        as vLLM's do, writes over its environment.
        """
        alive = list(processes())
        below = {process.pid for process in descendants(self.process.pid)}
        ours = [p for p in alive if p.pid in below or self._is_marked(p)]
        self._sessions |= {session for p in ours if (session := session_of(p))}
        return [p for p in alive if session_of(p) in self._sessions]

    def _is_marked(self, process: Process) -> bool:
        with contextlib.suppress(OSError):
            environment = (PROC / str(process.pid) / "environ").read_bytes()
            return self._mark.encode() in environment.split(b"\0")
        return False


def session_of(process: Process) -> int | None:
    """The session of a process; `None` if it is gone."""
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(process.pid)
    return None


def kill(victims: list[Process]) -> None:
    """SIGKILL to each that is still there."""
    for process in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
