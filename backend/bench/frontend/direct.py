"""A client of the engine without any app between: what the machine and the engine allow."""

from __future__ import annotations

import asyncio
import json
import time

from backend.bench.frontend import engine
from backend.bench.frontend.speech import Question, read_stamp


class DirectClient(asyncio.Protocol):
    """One request of a reply, read as it comes."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self.stamped_at: float | None = None
        self._received: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Note the first token's time, and the end."""
        self._received.append(data)
        if self.first_at is None and b"@" in data:
            self.first_at = time.monotonic()
            stamp = b"".join(self._received).split(b'"content": "@')[1]
            self.stamped_at = read_stamp("@" + stamp.decode(errors="ignore"))[0]
        if b"[DONE]" in data:
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("the engine closed the connection"))


async def ask(port: int, question: Question) -> tuple[float, float]:
    """Ask the engine itself: seconds to the first token, and those of them after it was sent."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(DirectClient, engine.HOST, port)
    message = {"role": "user", "content": str(question)}
    body = json.dumps({"model": engine.MODEL, "stream": True, "messages": [message]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    sent_at = time.monotonic()
    transport.write(head.encode() + body)
    await client.done
    transport.close()
    assert client.first_at is not None
    assert client.stamped_at is not None
    return client.first_at - sent_at, client.first_at - client.stamped_at
