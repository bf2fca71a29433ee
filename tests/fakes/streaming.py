"""Plays a reply's script as vLLM's bytes: SSE events in a chunked body, or one JSON answer."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.fakes import replies
from tests.fakes.records import ChatRequest
from tests.fakes.server import reset

TEAR_SECONDS = 0.002  # writes closer than this may leave in one TCP segment


class Player:
    """One request's answer.

    Args:
        hang: returns when the engine is released.
        tell: called after each change of the request's record.
    """

    def __init__(
        self,
        http: web.Request,
        record: ChatRequest,
        *,
        hang: Callable[[], Awaitable[None]],
        tell: Callable[[], None],
    ) -> None:
        self._http = http
        self._record = record
        self._hang = hang
        self._tell = tell
        self._response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8"}
        )
        self._writing = asyncio.Lock()  # a keep-alive comment never lands inside an event
        self._torn = False
        self._cut_by_limit = False
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": record.body.get("model"),
        }

    async def stream(self, script: replies.Stream) -> web.StreamResponse:
        """Play the script as server-sent events."""
        self._torn = script.torn
        await self._response.prepare(self._http)
        async with self._comments(script.keep_alive_seconds):
            for step in script.steps:
                await self._do(step)
        return self._response

    async def whole(self, script: replies.Stream) -> web.StreamResponse:
        """Play the script for a request without `stream`: the text in one JSON answer."""
        text, reason, usage = "", "stop", replies.Usage()
        for step in script.steps:
            match step:
                case replies.Say():
                    async for chunk in self._chunks(step):
                        text += chunk
                case replies.Finish():
                    reason = self._reason(step)
                case replies.Usage():
                    usage = step
                case replies.ErrorEvent(status, message):
                    return web.json_response(replies.error_body(status, message), status=status)
                case replies.Done():
                    pass
                case _:
                    await self._do(step)
        said = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": said, "finish_reason": reason}
        answer = {"choices": [choice], "usage": self._usage(usage)}
        return web.json_response({**self._head, "object": "chat.completion", **answer})

    async def _do(self, step: replies.Step) -> None:
        match step:
            case replies.Say():
                await self._say(step)
            case replies.Pause(seconds):
                await asyncio.sleep(seconds)
            case replies.Hang():
                await self._hang()
            case replies.Finish():
                await self._choice({"content": ""}, finish_reason=self._reason(step))
            case replies.Usage():
                if self._record.wants_usage:
                    await self._chunk(choices=[], usage=self._usage(step), **_metrics(step))
            case replies.ErrorEvent(status, message):
                await self._event(json.dumps(replies.error_body(status, message)))
            case replies.Done():
                await self._event("[DONE]")
            case replies.Reset() | replies.HangUp():
                await self.break_off(hard=isinstance(step, replies.Reset))

    async def break_off(self, *, hard: bool) -> None:
        """End the connection, whatever was promised: by a reset, or by a plain close."""
        self._record.outcome = "broken"
        transport = self._http.transport
        if transport is not None:
            reset(transport) if hard else transport.close()
        await asyncio.Event().wait()  # the loss of the connection cancels this handler

    # -- text -------------------------------------------------------------------------------------

    async def _say(self, say: replies.Say) -> None:
        if self._record.num_tokens_sent == 0:
            await self._choice({"role": "assistant", "content": ""})
        async for chunk in self._chunks(say):
            await self._choice({"content": chunk})

    async def _chunks(self, say: replies.Say) -> AsyncIterator[str]:
        """The text, so many tokens at a time, each at its time."""
        now = asyncio.get_running_loop().time
        limit, tokens = self._record.max_tokens, say.tokens
        if limit is not None and len(tokens) > limit - self._record.num_tokens_sent:
            tokens, self._cut_by_limit = tokens[: limit - self._record.num_tokens_sent], True
        start = now()
        for first in range(0, len(tokens), say.tokens_per_chunk):
            due = start + first / say.tokens_per_second if say.tokens_per_second else now()
            await asyncio.sleep(max(0.0, due - now()))
            chunk = tokens[first : first + say.tokens_per_chunk]
            yield "".join(chunk)
            self._record.note_tokens(len(chunk), at=now())
            self._tell()

    def _reason(self, step: replies.Finish) -> str:
        return "length" if self._cut_by_limit else step.reason

    def _usage(self, step: replies.Usage) -> dict[str, Any]:
        prompt, completion = step.prompt_tokens, self._record.num_tokens_sent
        if prompt is None:
            prompt = self._record.num_prompt_tokens
        cached = None if step.cached_tokens is None else {"cached_tokens": step.cached_tokens}
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": cached,
        }

    # -- bytes ------------------------------------------------------------------------------------

    async def _choice(self, delta: dict[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        await self._chunk(choices=[choice])

    async def _chunk(self, **fields: Any) -> None:
        chunk = {**self._head, "object": "chat.completion.chunk", **fields}
        await self._event(json.dumps(chunk, ensure_ascii=False))

    async def _event(self, data: str) -> None:
        raw = f"data: {data}\n\n".encode()
        async with self._writing:
            if not self._torn:
                await self._response.write(raw)
                return
            for part in _tear(raw):
                await self._response.write(part)
                await asyncio.sleep(TEAR_SECONDS)

    @asynccontextmanager
    async def _comments(self, every_seconds: float | None) -> AsyncIterator[None]:
        if every_seconds is None:
            yield
            return

        async def comment() -> None:
            while True:
                await asyncio.sleep(every_seconds)
                async with self._writing:
                    await self._response.write(b": keep-alive\n\n")

        task = asyncio.create_task(comment())
        try:
            yield
        finally:
            task.cancel()


def _metrics(step: replies.Usage) -> dict[str, Any]:
    """What `--enable-per-request-metrics` adds."""
    if step.queue_seconds is None:
        return {}
    return {"metrics": {"queue_time_ms": step.queue_seconds * 1000, "tokens_per_second": 1.0}}


def _tear(raw: bytes) -> list[bytes]:
    """Cut after the first byte of each multi-byte character."""
    parts, start = [], 0
    for index, byte in enumerate(raw):
        if byte >= 0xC0:  # the first byte of a character of several
            parts.append(raw[start : index + 1])
            start = index + 1
    return [*parts, raw[start:]]
