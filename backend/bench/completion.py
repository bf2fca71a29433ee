"""One streamed chat completion over a socket, for benches that run where only vLLM is installed."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_HAS_TEXT = re.compile(rb'"(?:content|reasoning|reasoning_content)": ?"[^"]')
_BUSY = 503  # vLLM's full queue, as a status or as an error inside a stream of status 200
_PREFIX = b"data:"
SILENCE_SECONDS = 300.0  # longer than any queue here; an engine that says nothing for so long hangs


class CompletionFailedError(Exception):
    """The engine did not answer with a reply; `str()` is the start of what it said."""


class RefusedError(CompletionFailedError):
    """The engine's queue is full (503)."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is: its URL without `/v1`, and the key that it asks for."""

    root_url: str
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A reply and its numbers, as the engine counted them; unknown is `None`.

    `ttft_seconds` is that of the whole reply where no token has a text, as special ones have none.
    """

    text: str
    ttft_seconds: float
    seconds: float
    prompt_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None


async def complete(
    address: Address,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    max_tokens: int,
    *,
    ignore_eos: bool = False,
    silence_seconds: float = SILENCE_SECONDS,
) -> Completion:
    """One chat completion, read to its end as a person's page does.

    Raises:
        RefusedError: the queue is full.
        CompletionFailedError: no token came, or the engine fell silent in the middle.
        OSError: the connection failed.
    """
    body = {
        "model": model,
        "messages": list(messages),
        "max_tokens": max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if ignore_eos:
        body["ignore_eos"] = True
    request = _request(address, json.dumps(body).encode())
    try:
        async with asyncio.timeout(silence_seconds) as silence:
            now = asyncio.get_running_loop().time

            def heard() -> None:
                silence.reschedule(now() + silence_seconds)

            return await _ask(address, request, heard)
    except TimeoutError as error:
        said = f"the engine said nothing for {silence_seconds:g} s"
        raise CompletionFailedError(said) from error


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
    address = Address(f"http://127.0.0.1:{port}")
    messages = [{"role": "user", "content": prompt}]
    return (await complete(address, model, messages, max_tokens)).ttft_seconds


async def _ask(address: Address, request: bytes, heard: Callable[[], None]) -> Completion:
    url = urlsplit(address.root_url)
    is_tls = url.scheme == "https"
    port = url.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(
        url.hostname, port, limit=2**20, ssl=is_tls or None
    )
    try:
        sent_at = time.monotonic()
        writer.write(request)
        await writer.drain()
        return await _read(reader, sent_at, heard)
    finally:
        writer.close()


def _request(address: Address, body: bytes) -> bytes:
    url = urlsplit(address.root_url)
    lines = [
        f"POST {url.path.rstrip('/')}/v1/chat/completions HTTP/1.1",
        f"Host: {url.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if address.key:
        lines.append(f"Authorization: Bearer {address.key}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _read(
    reader: asyncio.StreamReader, sent_at: float, heard: Callable[[], None]
) -> Completion:
    """Only looks for text while it reads; what the lines say is read when all are there."""
    ttft_seconds: float | None = None
    lines: list[bytes] = []
    async for line in reader:
        heard()
        lines.append(line)
        if ttft_seconds is None and _HAS_TEXT.search(line):
            ttft_seconds = time.monotonic() - sent_at
    seconds = time.monotonic() - sent_at
    events = [event for line in lines if (event := _event(line)) is not None]
    usage: dict[str, Any] = next(
        (event["usage"] for event in reversed(events) if event.get("usage")), {}
    )
    if ttft_seconds is None and usage.get("completion_tokens"):
        ttft_seconds = seconds
    failure = next((event["error"] for event in events if "error" in event), None)
    if failure is not None or ttft_seconds is None:
        raise _failure(lines, failure)
    return Completion(
        text="".join(_text(event) for event in events),
        ttft_seconds=ttft_seconds,
        seconds=seconds,
        prompt_tokens=usage.get("prompt_tokens"),
        cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens"),
        output_tokens=usage.get("completion_tokens"),
    )


def _failure(lines: Sequence[bytes], said: Any) -> CompletionFailedError:
    start = b"".join(lines)[:400].decode(errors="replace")
    status = start.split(" ", 2)[1:2]
    code = said.get("code") if isinstance(said, dict) else None
    if status == [str(_BUSY)] or str(code) == str(_BUSY):
        return RefusedError(start)
    return CompletionFailedError(start)


def _event(line: bytes) -> dict[str, Any] | None:
    """The object of a `data:` line."""
    if not line.startswith(_PREFIX):
        return None
    try:
        event = json.loads(line[len(_PREFIX) :])
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _text(event: Mapping[str, Any]) -> str:
    choices = event.get("choices") or [{}]
    return (choices[0].get("delta") or {}).get("content") or ""
