"""The real product, as a process of its own: `python -m backend`.

async with Product({"WARMLINE_ENGINE_URL": engine.url}) as chat:
    await chat.ready()
    status, body = await chat.get("/readyz")
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from tests.fakes.changes import Changes
from tests.fakes.server import LOOPBACK

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "backend")
START_SECONDS = 30.0  # the contract's
READY_SECONDS = 20.0  # the contract's, from an engine that answers
END_SECONDS = 15.0
ASK_AGAIN_SECONDS = 0.05
OURS = ("WARMLINE_", "CHAINLIT_")  # what a developer has set must not reach the tests


class Product:
    """Starts on entering, ends with SIGTERM on leaving, and leaves nothing behind.

    Args:
        data_dir: where it keeps what it writes; outlives it.
        env: its settings; host, port and data folder are set here.
        command: what to start, in a process group of its own.
    """

    def __init__(
        self, data_dir: Path, env: Mapping[str, str], command: Sequence[str] = COMMAND
    ) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.log: list[str] = []
        self._command = command
        self._env = env
        self._changes = Changes(seen=self.log_tail)
        self.data_dir = data_dir

    # -- the process ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process; `healthy` waits until it serves."""
        # a pipe of our own: with PIPE, wait() lasts until whoever holds its other end has gone
        read_end, write_end = os.pipe()
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        self._reading = asyncio.create_task(self._read_log(read_end))

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        own = {
            "WARMLINE_HOST": LOOPBACK,
            "WARMLINE_PORT": str(self.port),
            "WARMLINE_DATA_DIR": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
        }
        return {**inherited, **own, **self._env}

    async def _read_log(self, read_end: int) -> None:
        lines = asyncio.StreamReader()
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read_end, "rb")
        )
        async for line in lines:
            self.log.append(line.decode(errors="replace").rstrip())
            self._changes.tell()
        pipe.close()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process, as a supervisor does; returns its exit status.

        Raises:
            AssertionError: it did not end in time, or left a process behind.
        """
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            return await self.exit_status(END_SECONDS)
        finally:
            left_behind = self._kill_group()
            await self._reading
            assert not left_behind, "a process of its group was left behind"

    async def exit_status(self, within_seconds: float) -> int:
        """Wait for the process to end by itself.

        Raises:
            AssertionError: it did not end in time.
        """
        try:
            async with asyncio.timeout(within_seconds):
                return await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"still running: {self.log_tail()}") from None

    async def kill(self) -> None:
        """`kill -9`; `start` begins another process in its place."""
        self._kill_group()
        await self.process.wait()

    def _kill_group(self) -> bool:
        """Kill what is left of the group; whether there was anything."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10))
        await self.start()
        try:
            await self.healthy()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()
        await self.end()

    # -- what it says -----------------------------------------------------------------------------

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a GET."""
        async with self._http.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()

    async def readyz(self) -> dict[str, Any]:
        """The JSON of /readyz."""
        _, text = await self.get("/readyz")
        body: dict[str, Any] = json.loads(text)
        return body

    async def healthy(self) -> None:
        """Wait until /healthz answers 200."""

        async def healthy() -> bool:
            assert self.process.returncode is None, f"it ended: {self.log_tail()}"
            with contextlib.suppress(aiohttp.ClientError):
                status, _ = await self.get("/healthz")
                return status == 200
            return False

        await self.ask_again(healthy, "/healthz answers 200", START_SECONDS)

    async def shows(
        self, holds: Callable[[dict[str, Any]], object], what: str, within_seconds: float = 10.0
    ) -> dict[str, Any]:
        """The JSON of /readyz, as soon as it holds."""

        async def shown() -> dict[str, Any]:
            body = await self.readyz()
            return body if holds(body) else {}

        return await self.ask_again(shown, f"/readyz shows {what}", within_seconds)

    async def ready(self, within_seconds: float = READY_SECONDS) -> dict[str, Any]:
        """Wait until the gate is open."""
        return await self.shows(lambda body: body["ready"], "ready", within_seconds)

    async def phase(self, phase: str, within_seconds: float = 15.0) -> dict[str, Any]:
        """Wait for a phase."""
        return await self.shows(lambda body: body["phase"] == phase, phase, within_seconds)

    async def metric(self, sample: str) -> float:
        """The value of one sample of /metrics, such as `warmline_streams_open`."""
        _, text = await self.get("/metrics")
        found = re.search(rf"^{re.escape(sample)} (.+)$", text, re.MULTILINE)
        assert found, f"no {sample} in\n{text}"
        return float(found[1])

    async def counts(self, sample: str, value: float) -> None:
        """Wait for a sample of /metrics to have a value."""

        async def holds() -> bool:
            return await self.metric(sample) == value

        await self.ask_again(holds, f"{sample} is {value:g}")

    async def logs(self, text: str, within_seconds: float = 10.0) -> str:
        """The first line of the log with the text, as soon as it is there."""

        def found() -> str:
            return next((line for line in self.log if text in line), "")

        return await self._changes.until(found, f"the log holds {text!r}", within_seconds)

    def log_tail(self) -> str:
        """The log's last lines."""
        return "\n".join(self.log[-30:])

    async def ask_again(
        self, question: Callable[[], Awaitable[T]], what: str, within_seconds: float = 10.0
    ) -> T:
        """The first true answer of another process, asked again and again."""
        try:
            async with asyncio.timeout(within_seconds):
                # another process has no event to await
                while not (answer := await question()):  # noqa: ASYNC110
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
                return answer
        except TimeoutError:
            raise AssertionError(f"not within {within_seconds:g} s: {what}") from None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        port: int = sock.getsockname()[1]
        return port
