"""An HTTP server on a loopback port that stays its own, whether it is open or refused."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self

from aiohttp import web

LOOPBACK = "127.0.0.1"


class LoopbackServer:
    """Serves an application in the test's event loop; the port can be closed and opened.

    Entering it opens the port. While it is closed a connection is refused, as by a process that
    is not there.
    """

    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0
        )
        self._site: web.SockSite | None = None
        # bound and never listening: keeps the port for us while nobody listens on it
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]

    @property
    def is_open(self) -> bool:
        return self._site is not None

    async def open(self) -> None:
        """Listen; does nothing where the port is open."""
        if self._site is None:
            self._site = web.SockSite(self._runner, _bound(self.port))
            await self._site.start()

    async def close(self) -> None:
        """Refuse new connections and reset those there are, as when a process is killed."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                reset(connection.transport)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.open()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
        await self._runner.cleanup()
        self._holder.close()


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection with a TCP reset; what is not yet sent is lost."""
    connection = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((LOOPBACK, port))
    return sock
