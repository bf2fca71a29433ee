"""A client of the engine without any app between: what the machine itself adds."""

from __future__ import annotations

import asyncio
import json
import time

from backend.bench.frontend import engine
from backend.bench.frontend.speech import Question


async def ask(port: int, question: Question) -> float:
    """Ask the engine itself; seconds from its first token to our sight of it."""
    reader, writer = await asyncio.open_connection(engine.HOST, port)
    message = {"role": "user", "content": str(question)}
    body = json.dumps({"model": engine.MODEL, "stream": True, "messages": [message]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await reader.readuntil(b'"content": "@')
    seen_at = time.time()
    stamped = await reader.readuntil(b"@")
    await reader.readuntil(b"[DONE]")
    writer.close()
    return seen_at - float(stamped[:-1])
