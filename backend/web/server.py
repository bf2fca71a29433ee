"""The server: uvicorn, with time for a last word before it closes the sockets."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

GRACE_SECONDS = 8
MAX_FRAME_BYTES = 4 << 20  # above what the page's script lets a person send
FLUSH_SECONDS = 0.1  # for what the last words put into the sockets' queues
COLLECT_AFTER_OBJECTS = 50_000  # a turn leaves few cycles behind


class Server(uvicorn.Server):
    """Uvicorn closes its web sockets first and ends the application after; here it is told before.

    Args:
        config: uvicorn's.
        before_shutdown: awaited once, while all sockets are still open.
    """

    def __init__(
        self, config: uvicorn.Config, before_shutdown: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let the garbage collector pass over what the start has built.

        A full collection that looks at it all stops everybody for 145 ms; without it, for 37.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER_OBJECTS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the last words go out, then close everything."""
        await self._before_shutdown()
        await asyncio.sleep(FLUSH_SECONDS)
        await super().shutdown(sockets)


def serve(
    app: Any, *, host: str, port: int, before_shutdown: Callable[[], Awaitable[None]]
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
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, before_shutdown)
    server.run()
    return server.started
