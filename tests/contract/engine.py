"""An engine behind `httpx2.MockTransport`: each request takes the next scripted answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
from pydantic import SecretStr

from backend.llm.client import EngineClient, Message, Sampling
from backend.llm.events import Event
from backend.llm.stream import ReplyStream

BASE_URL = "http://engine:8000/v1"
MODEL = "small"
ASKED: list[Message] = [{"role": "user", "content": "a secret prompt"}]
DONE = b"data: [DONE]\n\n"

Piece = bytes | Exception | asyncio.Event


class Body(httpx2.AsyncByteStream):
    """A body in pieces, each one read of the socket; an exception breaks it, an event holds it."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces
        self.closed = asyncio.Event()
        self.held = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, asyncio.Event):
                self.held.set()
                await piece.wait()
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed.set()


class ScriptedEngine:
    """Answers in the enqueued order and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self._answers: list[httpx2.Response | Exception] = []

    def enqueue(self, *answers: httpx2.Response | Exception) -> None:
        self._answers += answers

    @property
    def asked(self) -> dict[str, Any]:
        """The body of the last request."""
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body

    def client(
        self,
        *,
        api_key: SecretStr | str | None = None,
        first_token_timeout_seconds: float = 30.0,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> EngineClient:
        return EngineClient(
            BASE_URL,
            api_key,
            first_token_timeout_seconds=first_token_timeout_seconds,
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer)),
            clock=clock,
        )

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def event(payload: object) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def text(content: str) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None}]})


def finish(reason: str = "stop") -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": reason}]})


def usage(prompt: int, completion: int, cached: int | None = None) -> bytes:
    details = None if cached is None else {"cached_tokens": cached}
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return event({"choices": [], "usage": {**counts, "prompt_tokens_details": details}})


def error_event(code: int, message: str = "a secret prompt") -> bytes:
    return event({"error": {"message": message, "type": "x", "param": None, "code": code}})


ROLE = event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})


def streaming(body: Body) -> httpx2.Response:
    """200 and a stream."""
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    return httpx2.Response(200, headers=headers, stream=body)


def streams(*pieces: Piece) -> httpx2.Response:
    """200 and a stream of these pieces."""
    return streaming(Body(*pieces))


def refuses(status: int, message: str = "a secret prompt", **headers: str) -> httpx2.Response:
    """An error as vLLM shapes it; `retry_after="2"` is the header `Retry-After`."""
    error = {"message": message, "type": "x", "param": None, "code": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"error": error}, headers=named)


async def opened(engine: ScriptedEngine, *pieces: Piece) -> ReplyStream:
    """The stream of a reply that is made of these pieces."""
    engine.enqueue(streams(*pieces))
    return await engine.client().open(MODEL, ASKED, Sampling())


async def batches(stream: ReplyStream) -> list[list[Event]]:
    """All that the stream gives, one list for each read."""
    async with stream:
        return [events async for events in stream]
