"""An engine without a model, as a process: vLLM's protocol, at a steady pace, cheaply.

    python -m backend.bench.frontend.engine --port 8101

Every stream has a timer of its own, so that tokens come one by one, each a wake-up for whoever
reads it at once. What is not a question of the bench (a warm-up) gets a short reply.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import secrets
from collections.abc import Callable
from typing import Any, cast

import uvloop

from backend.bench.frontend.speech import Question, stamp

HOST = "127.0.0.1"
MODEL = "bench-model"
MAX_MODEL_LEN = 32768
PREFILL_SECONDS = 0.05  # an H100 alone with a 4B model
SMALL_TALK = Question(8)

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


class Connection(asyncio.Protocol):
    """One client's connection, one request after the other."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport
        self._stream: Stream | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def connection_lost(self, _: Exception | None) -> None:
        """The client is gone: generate no more."""
        if self._stream is not None:
            self._stream.stop()

    def data_received(self, data: bytes) -> None:
        """Answer a request when all of it is there."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if separator and len(body) >= (int(length[1]) if length else 0):
            self._received = b""
            self._answer(head.split(b" ", 2)[1], body)

    def _answer(self, path: bytes, body: bytes) -> None:
        if path == b"/health":
            self._json({})
        elif path == b"/v1/models":
            card = {"id": MODEL, "object": "model", "max_model_len": MAX_MODEL_LEN}
            self._json({"object": "list", "data": [card]})
        elif path == b"/tokenize":
            words = json.loads(body)["messages"][-1]["content"].split()
            self._json({"count": len(words), "max_model_len": MAX_MODEL_LEN})
        elif path == b"/v1/chat/completions":
            request = json.loads(body)
            question = Question.parse(request["messages"][-1]["content"]) or SMALL_TALK
            wants_usage = bool(request.get("stream_options"))
            self._stream = Stream(self._transport, question, wants_usage=wants_usage)
        else:
            self._transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    def _json(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        self._transport.write(head.encode() + b"\r\n\r\n" + body)


class Stream:
    """One reply: a stamp, then its chunks, each at its time, then a stamp."""

    def __init__(
        self, transport: asyncio.Transport, question: Question, *, wants_usage: bool
    ) -> None:
        self._transport = transport
        self._wants_usage = wants_usage
        self._loop = asyncio.get_running_loop()
        self._interval_seconds = question.tokens_per_chunk / question.tokens_per_second
        self._num_tokens = question.num_tokens
        self._chunks = iter(question.chunks)
        head = {"id": f"chatcmpl-{secrets.token_hex(16)}", "object": "chat.completion.chunk"}
        self._head = json.dumps({**head, "created": 1767225600, "model": MODEL})[:-1]
        # streams that begin together do not stay in step
        offset_seconds = question.start % 20 * 0.001
        self._due_at = self._loop.time() + PREFILL_SECONDS + offset_seconds
        self._timer = self._loop.call_at(self._due_at, self._begin)

    def stop(self) -> None:
        """Generate no more."""
        self._timer.cancel()

    def _begin(self) -> None:
        self._transport.write(_STREAM_HEAD)
        self._choice({"role": "assistant", "content": ""})
        self._choice({"content": stamp()})
        self._next(self._go_on)

    def _go_on(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            self._choice({"content": stamp()})
            self._end()
        else:
            self._choice({"content": chunk})
            self._next(self._go_on)

    def _next(self, step: Callable[[], None]) -> None:
        self._due_at += self._interval_seconds
        self._timer = self._loop.call_at(self._due_at, step)

    def _end(self) -> None:
        self._choice({"content": ""}, "stop")
        if self._wants_usage:
            counts = {"prompt_tokens": 20, "completion_tokens": self._num_tokens + 2}
            self._event(f'{self._head}, "choices": [], "usage": {json.dumps(counts)}}}')
        self._event("[DONE]")
        self._transport.write(b"0\r\n\r\n")

    def _choice(self, delta: dict[str, str], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        self._event(f'{self._head}, "choices": [{json.dumps(choice, ensure_ascii=False)}]}}')

    def _event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self._transport.write(b"%x\r\n%b\r\n" % (len(event), event))


async def serve(port: int) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, HOST, port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
