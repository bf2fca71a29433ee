"""The launcher's `/status`, served by set-up until there is a launcher: installing is a phase too.

The JSON is the contract's: the chat cannot tell the two apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from backend.setup.errors import SetupError
from backend.setup.steps import StepProgress

REQUEST_TIMEOUT_SECONDS = 5.0
SHARE_OF_THE_START = 0.6  # the rest of the bar is the engine's own start, which follows


class StatusPage:
    """What set-up does, as `GET /status` says it.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_at = clock()
        self._phase = "starting"
        self._progress: float | None = None
        self._detail = ""
        self._problem: dict[str, str] | None = None

    def show(self, progress: StepProgress) -> None:
        """Show how far set-up is."""
        self._phase, self._problem = "downloading", None
        self._progress, self._detail = (
            round(SHARE_OF_THE_START * progress.overall, 4),
            progress.detail,
        )

    def fail(self, error: SetupError) -> None:
        """Show why set-up cannot go on."""
        self._phase = "failed"
        self._problem = {
            "kind": error.kind,
            "message": error.message,
            "advice": error.advice,
        }

    def body(self) -> dict[str, Any]:
        """The contract's JSON."""
        return {
            "ready": False,
            "phase": self._phase,
            "progress": self._progress,
            "eta_seconds": None,
            "elapsed_seconds": round(self._clock() - self._started_at, 3),
            "detail": self._detail,
            "problem": self._problem,
            "profile": None,
            "command": None,
            "hardware": None,
            "log_tail": [],
        }

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[None]:
        """Serve the page; the port is free again afterwards."""
        server = await asyncio.start_server(self._answer, host, port)
        async with server:
            yield

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, ValueError, EOFError):
            async with asyncio.timeout(REQUEST_TIMEOUT_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._response(head))
                await writer.drain()
        writer.close()

    def _response(self, head: bytes) -> bytes:
        method, target = head.split(b" ", 2)[:2]
        if target.partition(b"?")[0] != b"/status":
            return _http("404 Not Found", {"error": "not found"})
        if method not in (b"GET", b"HEAD"):
            return _http("405 Method Not Allowed", {"error": "method not allowed"})
        return _http("200 OK", self.body())


def _http(status: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + content
