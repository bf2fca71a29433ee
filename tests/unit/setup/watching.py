"""Watching a toy project's commands from outside: their output, their status page, their end."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.product import Product
from tests.fakes.server import LOOPBACK
from tests.unit.setup.toy import ToyProject

INSTALL_SECONDS = 180.0
SERVED_SECONDS = 30.0


async def pages_until_serving(port: int) -> AsyncIterator[dict[str, Any]]:
    """What the status page shows, again and again until the launcher is the one who serves it."""
    async with asyncio.timeout(INSTALL_SECONDS):
        while True:
            body = await asyncio.to_thread(read_status, port)
            if body:
                yield body
            if body.get("phase") == "serving":
                return
            await asyncio.sleep(0.1)  # another process has no event to await


def read_status(port: int) -> dict[str, Any]:
    """The status page now; empty while nobody serves it."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/status", timeout=2) as response:
            body: dict[str, Any] = json.load(response)
            return body
    except OSError:
        return {}


@asynccontextmanager
async def running(command: Product) -> AsyncIterator[Product]:
    """Start a command; it is killed on leaving, if it still runs."""
    await command.start()
    try:
        yield command
    finally:
        await command.end(signal.SIGKILL)


async def served(project: ToyProject, other_than: int | None = None) -> None:
    """Wait until a launcher serves its status page."""
    async with asyncio.timeout(SERVED_SECONDS):
        async for _ in pages_until_serving(project.status_port):
            pass
        while project.pid("launcher") == other_than:  # noqa: ASYNC110 - another process, no event
            await asyncio.sleep(0.02)


@asynccontextmanager
async def taken(port: int) -> AsyncIterator[None]:
    """Listen on a port."""
    async with await asyncio.start_server(lambda reader, writer: writer.close(), LOOPBACK, port):
        yield


def lines_with(log: list[str], text: str) -> list[int]:
    """The numbers of the lines that hold a text."""
    return [number for number, line in enumerate(log) if text in line]


async def ended(command: Product) -> tuple[int, list[str]]:
    """The exit status and the output of a command that ends by itself."""
    async with running(command):
        status = await command.exit_status(INSTALL_SECONDS)
    return status, command.log
