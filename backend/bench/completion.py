"""One streamed chat completion over a socket, for benches that run where only vLLM is installed."""

from __future__ import annotations

import asyncio
import json
import time

_HAS_TEXT = (b'"content":"', b'"reasoning":"', b'"reasoning_content":"')


class CompletionFailedError(Exception):
    """The engine did not answer with a reply; `str()` is the start of what it said."""


async def first_token_seconds(port: int, model: str, prompt: str, max_tokens: int) -> float:
    """TTFT in seconds of one chat completion, returned when its reply has ended.

    Args:
        port: of an engine on this machine.
        model: its served name.
        prompt: the only message.
        max_tokens: length of the reply at most.

    Raises:
        CompletionFailedError: no token came.
        OSError: the connection failed.
    """
    body = {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": max_tokens,
        "stream": True,
    }
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        sent_at = time.monotonic()
        writer.write(_request(port, json.dumps(body).encode()))
        await writer.drain()
        return await _read(reader, sent_at)
    finally:
        writer.close()


def _request(port: int, body: bytes) -> bytes:
    lines = (
        "POST /v1/chat/completions HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _read(reader: asyncio.StreamReader, sent_at: float) -> float:
    """The seconds until the first line with text; reads on to the end, as a person's page does."""
    ttft_seconds: float | None = None
    start = b""
    async for line in reader:
        if len(start) < 400:
            start += line
        if ttft_seconds is None and _has_text(line):
            ttft_seconds = time.monotonic() - sent_at
    if ttft_seconds is None:
        raise CompletionFailedError(start.decode(errors="replace"))
    return ttft_seconds


def _has_text(line: bytes) -> bool:
    return any(key in line and key[:-1] + b'""' not in line for key in _HAS_TEXT)
