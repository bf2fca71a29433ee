"""The engine under fire: the real one on the CPU, or the scripted one for a short run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import aiohttp

from backend.setup.addresses import Addresses, launcher_environment
from backend.setup.engines import engine_of
from backend.setup.layout import MODEL_NAME, Layout, python_of
from backend.setup.procfs import Process, descendants, listener
from tests.e2e.demo import kill
from tests.fakes.engine import FakeEngine
from tests.fakes.product import ROOT, free_port
from tests.fakes.replies import HangBeforeHeaders, HttpError, numbered, says
from tests.fakes.server import LOOPBACK

CROWD = 100  # the CPU profile's queue takes 64
DRAINED_SECONDS = 40.0
NUM_REQUESTS = re.compile(r"^vllm:num_requests_(?:running|waiting)\{.*\} (.+)$", re.MULTILINE)


class Engine(Protocol):
    """What faults do to an engine; each ends with a healthy one that may still be starting."""

    url: str
    boot_seconds: float

    async def die(self) -> None:
        """Be killed, and started again."""

    async def drain(self) -> None:
        """Be told to end, and started again."""

    async def pause(self, seconds: float) -> None:
        """Answer nobody for a while, with all connections open."""

    async def be_crowded(self, seconds: float) -> None:
        """Have its queue full of others' requests for a while."""

    async def num_requests(self) -> float:
        """Requests that it works on, or that wait."""


class ScriptedEngine(FakeEngine):
    """No model: twenty words a reply, thirty a second."""

    boot_seconds = 30.0

    def reset(self) -> None:
        super().reset()
        self.default = numbered("word", 20, tokens_per_second=30)

    async def die(self) -> None:
        await self.close()
        await asyncio.sleep(1)
        await self.open()

    async def drain(self) -> None:
        """As vLLM does: healthy, and 500 for what is new."""
        self.enqueue(*[HangBeforeHeaders(then=says("late"))] * 2)
        await asyncio.sleep(0.5)
        self.release()
        await self.die()

    async def pause(self, seconds: float) -> None:
        self.health = None
        await asyncio.sleep(seconds)
        self.health = 200
        self.release()

    async def be_crowded(self, seconds: float) -> None:
        self.enqueue(*[HttpError(503)] * 6)
        await asyncio.sleep(seconds)

    async def num_requests(self) -> float:
        return float(self.running)


class RealEngine:
    """vLLM on the CPU behind its launcher, as `make demo` starts it.

    Args:
        folder: for its log.
    """

    boot_seconds = 240.0

    def __init__(self, folder: Path) -> None:
        self._log = folder / "vllm.log"
        self._addresses = Addresses(
            chat_url="",
            chat_host=LOOPBACK,
            chat_port="0",
            engine_host=LOOPBACK,
            engine_port=free_port(),
            status_host=LOOPBACK,
            status_port=free_port(),
        )
        self.url = self._addresses.engine_url

    async def start(self) -> None:
        """Start the launcher; vLLM needs half a minute."""
        layout = Layout(ROOT)
        engine = engine_of("cpu", layout)
        with self._log.open("ab") as log:
            self._launcher = await asyncio.create_subprocess_exec(
                python_of(engine.venv),
                "-m",
                "backend.launcher",
                env=launcher_environment(dict(os.environ), self._addresses, layout, engine),
                cwd=self._log.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _processes(self) -> list[Process]:
        server = listener(self._addresses.engine_port)
        return [server, *descendants(server.pid)] if server else []

    async def die(self) -> None:
        kill([*self._processes(), *descendants(self._launcher.pid)])
        await self._end(signal.SIGKILL)
        await self.start()

    async def drain(self) -> None:
        await self._end(signal.SIGTERM)
        await self.start()

    async def pause(self, seconds: float) -> None:
        stopped = self._processes()
        _signal(stopped, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            _signal(stopped, signal.SIGCONT)

    async def be_crowded(self, seconds: float) -> None:
        """More requests than its queue takes, and all of them given up in the end."""
        asking = [asyncio.create_task(self._ask()) for _ in range(CROWD)]
        await asyncio.wait(asking, timeout=seconds)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self) -> None:
        body = {"model": MODEL_NAME, "prompt": "Once upon a time", "max_tokens": 400}
        url = f"{self.url}/completions"
        async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
            await response.read()

    async def num_requests(self) -> float:
        url = f"{self.url.removesuffix('/v1')}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            text = await response.text()
        return sum(map(float, NUM_REQUESTS.findall(text)))

    async def _end(self, number: signal.Signals) -> None:
        below = descendants(self._launcher.pid)
        with contextlib.suppress(ProcessLookupError):
            self._launcher.send_signal(number)
        try:
            await asyncio.wait_for(self._launcher.wait(), DRAINED_SECONDS)
        except TimeoutError:
            self._launcher.kill()
            await self._launcher.wait()
        kill(below)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        kill(self._processes())
        await self._end(signal.SIGKILL)


def _signal(processes: list[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
