"""An engine and a launcher that answer as the test says, and a watch over both on a fake clock."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from backend.readiness.canary import Canary
from backend.readiness.gate import Gate, GateState, Phase
from backend.readiness.probe import Probe
from backend.readiness.status import StatusPage
from backend.readiness.warmup import Warmup
from backend.readiness.warmup_policy import WarmupPolicy
from backend.readiness.watch import Watch
from tests.unit.readiness.fake_time import FakeTime, settle

ENGINE_URL = "http://engine:8001/v1"
STATUS_URL = "http://engine:8002/status"


def refused() -> httpx2.ConnectError:
    error = httpx2.ConnectError("All connection attempts failed")
    error.__cause__ = ConnectionRefusedError(111, "Connect call failed")
    return error


def host_unknown() -> httpx2.ConnectError:
    error = httpx2.ConnectError("[Errno -2] Name or service not known")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    return error


class ScriptedEngine:
    """A vLLM that is not there until `comes()`."""

    def __init__(self, time: FakeTime) -> None:
        self._time = time
        self.error: Exception | None = refused()
        self.hangs = False
        self.health = 200
        self.models: dict[str, int] = {"smol": 8192}
        self.api_key: str | None = None
        self.generates = True
        self.ttft_seconds = [0.1]  # of the next requests; the last one stays
        self.failure: Exception | None = None
        self.num_looks = 0
        self.num_running = 0
        self.prompts: list[str] = []  # of warm-ups
        self.num_canaries = 0

    def comes(self) -> None:
        self.error, self.hangs, self.health = None, False, 200

    def goes(self) -> None:
        self.error = refused()

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if self.error is not None:
            raise self.error
        if request.url.path == "/health":
            self.num_looks += 1
            if self.hangs:
                await asyncio.Event().wait()
            return httpx2.Response(self.health)
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return httpx2.Response(401, json={"error": "Unauthorized"})
        cards = [{"id": name, "max_model_len": length} for name, length in self.models.items()]
        return httpx2.Response(200, json={"object": "list", "data": cards})

    async def generate(self, prompt: str, max_tokens: int) -> float:
        if max_tokens == 1:
            self.num_canaries += 1
        else:
            self.prompts.append(prompt)
        self.num_running += 1
        try:
            if self.failure is not None:
                raise self.failure
            if not self.generates:
                await asyncio.Event().wait()
            several = len(self.ttft_seconds) > 1
            ttft_seconds = self.ttft_seconds.pop(0) if several else self.ttft_seconds[0]
            await self._time.sleep(ttft_seconds)
            return ttft_seconds
        finally:
            self.num_running -= 1


class ScriptedLauncher:
    """A launcher that is not there until it says something."""

    def __init__(self) -> None:
        self.page: dict[str, Any] | None = None
        self.hangs = False

    def says(self, phase: str, **fields: Any) -> None:
        self.page = {"phase": phase, **fields}

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if self.hangs:
            await asyncio.Event().wait()
        if self.page is None:
            raise refused()
        return httpx2.Response(200, json=self.page)


class Rig:
    """A gate, its watch and the world it looks at."""

    def __init__(self, *, model_wanted: str | None = None, api_key: str | None = None) -> None:
        self.time = FakeTime()
        self.engine = ScriptedEngine(self.time)
        self.launcher = ScriptedLauncher()
        self.gate = Gate(self.time.clock)
        self.states: list[GateState] = []
        self.gate.subscribe(self.states.append)
        self.last_sign_of_life: float | None = None
        self._clients = [
            httpx2.AsyncClient(transport=httpx2.MockTransport(handler), trust_env=False)
            for handler in (self.engine, self.launcher)
        ]
        self.watch = Watch(
            self.gate,
            probe=Probe(
                ENGINE_URL,
                self._clients[0],
                api_key=api_key,
                model_wanted=model_wanted,
                sleep=self.time.sleep,
            ),
            status_page=StatusPage(STATUS_URL, self._clients[1], sleep=self.time.sleep),
            warmup=Warmup(
                self.engine.generate,
                WarmupPolicy(max_burst=8, long_prompt_tokens=()),
                clock=self.time.clock,
                sleep=self.time.sleep,
            ),
            canary=Canary(
                self.engine.generate,
                last_sign_of_life=lambda: self.last_sign_of_life,
                clock=self.time.clock,
                sleep=self.time.sleep,
            ),
            last_sign_of_life=lambda: self.last_sign_of_life,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )

    @property
    def state(self) -> GateState:
        return self.gate.state

    def shows(self, phase: Phase) -> bool:
        return self.gate.state.phase is phase

    def problem_kind(self) -> str | None:
        problem = self.gate.state.problem
        return None if problem is None else problem.kind

    @property
    def phases(self) -> list[str]:
        """The phases the gate has moved through, without repetition."""
        phases: list[str] = []
        for state in self.states:
            if not phases or phases[-1] != state.phase:
                phases.append(state.phase.value)
        return phases

    async def opens(self, at_most_seconds: float = 20.0) -> float:
        """Let time pass until the gate is open; how many seconds it took."""
        return await self._turns(True, at_most_seconds)

    async def closes(self, at_most_seconds: float = 15.0) -> float:
        """Let time pass until the gate is closed; how many seconds it took."""
        return await self._turns(False, at_most_seconds)

    async def _turns(self, is_open: bool, at_most_seconds: float) -> float:
        began = self.time.now
        while self.gate.is_open is not is_open:
            seconds = self.time.now - began
            assert seconds < at_most_seconds, f"after {seconds} s: {self.state}"
            await self.time.passes(0.1)
        return self.time.now - began

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.watch.run())
        await settle()
        try:
            yield
            assert not task.done(), "the watch has ended"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for client in self._clients:
                await client.aclose()
