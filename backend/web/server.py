"""The server: uvicorn, with time for a last word before it closes the sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from backend.web import garbage
from backend.web.websocket import WebSocket

log = logging.getLogger("warmline")

GRACE_SECONDS = 8
MAX_FRAME_BYTES = 4 << 20  # above what the page's script lets a person send
FLUSH_SECONDS = 0.1  # for what the last words put into the sockets' queues


class Server(uvicorn.Server):
    """Uvicorn closes its web sockets first and ends the application after; here it is told before.

    Args:
        config: uvicorn's.
        before_shutdown: awaited once, while all sockets are still open.
        is_idle: whether nobody waits for text.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        before_shutdown: Callable[[], Awaitable[None]],
        is_idle: Callable[[], bool],
    ) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown
        self._is_idle = is_idle
        self._collecting: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, or end the process where the port is taken; then settle the garbage collector."""
        await super().startup(sockets)
        log.info("the chat is at http://%s:%d/", self.config.host, self.config.port)
        garbage.settle()
        self._collecting = asyncio.create_task(garbage.collect_while_idle(self._is_idle))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the last words go out, then close everything."""
        if self._collecting is not None:
            self._collecting.cancel()
        await self._before_shutdown()
        await asyncio.sleep(FLUSH_SECONDS)
        await super().shutdown(sockets)


def serve(
    app: Any,
    *,
    host: str,
    port: int,
    before_shutdown: Callable[[], Awaitable[None]],
    is_idle: Callable[[], bool],
) -> bool:
    """Serve until SIGINT or SIGTERM; returns whether the server could start.

    The sockets are not compressed: frames are small, and compressing each costs more than all the
    rest of sending it.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws=WebSocket,
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, before_shutdown, is_idle)
    server.run()
    return server.started
