"""The launcher's `GET /status` and `GET /caches`, saying what the test has them say."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.changes import Changes
from tests.fakes.server import LOOPBACK, LoopbackServer


class StatusPage:
    """`page.show("compiling", progress=0.6)`, `page.fail(...)`; `async with` opens its port."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_get("/status", self._answer)
        app.router.add_get("/caches", self._answer_caches)
        self.server = LoopbackServer(app)
        self.url = f"http://{LOOPBACK}:{self.server.port}/status"
        self.http_status = 200
        self.num_requests = 0
        self._changes = Changes(seen=lambda: f"{self.num_requests} requests")
        self._started_at = time.monotonic()
        self.reset()

    def reset(self) -> None:
        """As a launcher that has just started."""
        self.http_status = 200
        self.caches: dict[str, Any] = {}
        self._fields: dict[str, Any] = {
            "phase": "starting",
            "progress": None,
            "eta_seconds": None,
            "detail": "",
            "problem": None,
            "profile": "cpu",
            "command": ["vllm", "serve", "fake-model", "--api-key", "***"],
            "hardware": {"kind": "cpu", "name": "Fake CPU", "count": 1},
            "log_tail": ["INFO: vLLM API server version 0.32.0"],
        }

    def show(self, phase: str, *, progress: float | None = None, **fields: Any) -> None:
        """Change the phase, and any other field of the page."""
        self._fields |= {"phase": phase, "progress": progress, **fields}

    def fail(self, kind: str, message: str, advice: str) -> None:
        """The engine could not be started, and why."""
        problem = {"kind": kind, "message": message, "advice": advice}
        self.show("failed", problem=problem)

    async def asked(self, within_seconds: float = 10.0) -> None:
        """Return when the page as it is now has been read twice."""
        before = self.num_requests
        await self._changes.until(
            lambda: self.num_requests >= before + 2, "the status page is read", within_seconds
        )

    async def _answer(self, request: web.Request) -> web.Response:
        self.num_requests += 1
        self._changes.tell()
        body = {
            "ready": self._fields["phase"] == "serving",
            "elapsed_seconds": time.monotonic() - self._started_at,
            **self._fields,
        }
        return web.json_response(body, status=self.http_status)

    async def _answer_caches(self, request: web.Request) -> web.Response:
        return web.json_response(self.caches, status=200 if self.caches else 404)

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.server.__aexit__(error_type, error, traceback)
