"""The nursery from outside: processes that chat, and what they have told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.integration.store import nursery

PROJECT = Path(__file__).parents[3]


class Nursery:
    """One process at a time; `asked` and `ended` are the questions known to be stored."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._pid = 0
        self.threads: set[str] = set()
        self.asks: list[str] = []
        self.asked: list[str] = []
        self.ended: list[str] = []

    async def start(self, url: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{url}\n".encode())
        while not self._pid:
            await self._hear()

    async def hear(self, num_messages: int) -> None:
        """Let the process chat until it has told so much."""
        for _ in range(num_messages):
            await self._hear()

    async def kill(self) -> None:
        """`kill -9`; what it told before is heard."""
        os.kill(self._pid, signal.SIGKILL)
        while self._pid:
            await self._hear()

    async def close(self) -> None:
        if self._pid:
            await self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        if "gone" in told:
            self._pid = 0
        self._pid = told.get("born", self._pid)
        if "thread" in told:
            self.threads.add(told["thread"])
        for what in ("asks", "asked", "ended"):
            if what in told:
                getattr(self, what).append(told[what])


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", nursery.__name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=PROJECT,
    )
    born = Nursery(process)
    try:
        yield born
    finally:
        await born.close()
