"""The engine itself, asked over its own API: a client that costs as little as it can."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from backend.bench.people.asking import Answer

_TEXT = re.compile(rb'"content": ?"[^"]')
_OUTPUT_TOKENS = re.compile(rb'"completion_tokens": ?(\d+)')
_USAGE_BYTES = 1024  # the usage chunk and `[DONE]` are the end of a stream
_DONE = b"[DONE]"


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine on this machine.

    Args:
        url: ends in `/v1`, `http`.
        model: its served name.
    """

    url: str
    model: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 80

    async def count_num_tokens(self, text: str) -> int:
        """Tokens of a conversation that is this one message.

        Raises:
            httpx2.HTTPError: the engine does not say.
        """
        body = {"model": self.model, "messages": [{"role": "user", "content": text}]}
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(self.url.removesuffix("/v1") + "/tokenize", json=body)
            answer.raise_for_status()
            count: int = answer.json()["count"]
            return count

    async def ask(self, prompt: str, max_tokens: int) -> Answer:
        """Ask, and read the stream to its end, whose length does not depend on the model."""
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, self.port)
        try:
            sent_at = time.monotonic()
            writer.write(self._request(prompt, max_tokens))
            return await _read(reader, sent_at)
        finally:
            writer.close()

    def _request(self, prompt: str, max_tokens: int) -> bytes:
        body = json.dumps(
            {
                "model": self.model,
                "messages": [{"role": "user", "content": prompt}],
                "max_tokens": max_tokens,
                "ignore_eos": True,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        ).encode()
        head = (
            f"POST {urlsplit(self.url).path}/chat/completions HTTP/1.1\r\n"
            f"host: {urlsplit(self.url).netloc}\r\ncontent-type: application/json\r\n"
            f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _read(reader: asyncio.StreamReader, sent_at: float) -> Answer:
    """The stream's numbers; it is not kept."""
    ttft_seconds, end = None, b""
    while read := await reader.read(1 << 16):
        end = end[-_USAGE_BYTES:] + read
        if ttft_seconds is None and _TEXT.search(end):
            ttft_seconds = time.monotonic() - sent_at
        if _DONE in end:
            break
    counted = _OUTPUT_TOKENS.search(end)
    return Answer(int(counted[1]) if counted else None, ttft_seconds)


async def engine_at(url: str) -> Engine:
    """The engine there, with the first model that it lists.

    Raises:
        httpx2.HTTPError: nobody answers there.
    """
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/models")
        answer.raise_for_status()
        return Engine(url, answer.json()["data"][0]["id"])
