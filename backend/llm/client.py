"""The engine's OpenAI-compatible API, one attempt at a time; `llm/retry` repeats them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypedDict, TypeVar, cast

import httpx2
from openai import AsyncOpenAI, AsyncStream, Omit
from pydantic import SecretStr

from backend.errors import (
    BadRequestError,
    EngineError,
    EngineHostUnknownError,
    EngineTimeoutError,
    EngineUnreachableError,
    NotAnEngineError,
)
from backend.llm import failures
from backend.llm.stream import ReplyStream
from backend.llm.transport import http_client_for, timeouts

__all__ = ["EngineClient", "Message", "ReplyStream", "Sampling"]

T = TypeVar("T")

NO_KEY = "EMPTY"  # what vLLM's documentation sends to an engine without a key


class Message(TypedDict):
    """One message of a conversation, as the engine takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


NOT_OURS = cast("Mapping[str, str]", {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()})
"""What the openai client would send of `OPENAI_…` variables that mean another service."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen, in vLLM's words. `None`: the engine's default, which is not sent.

    `json_schema` is JSON, the schema that the reply has to follow.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: str | None = None


class EngineClient:
    """Opens streams of one engine.

    Args:
        base_url: ends in `/v1`.
        api_key: the bearer token.
        first_token_timeout_seconds: how long an attempt may wait for its first token.
        idle_timeout_seconds: how long the engine may then be silent before the reply counts as
            interrupted; never shorter than the wait for the first token.
        http_client: sends the requests; made for the URL if not given.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | str | None = None,
        *,
        first_token_timeout_seconds: float = 120.0,
        idle_timeout_seconds: float = 120.0,
        http_client: httpx2.AsyncClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        key = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
        self._first_token_timeout_seconds = first_token_timeout_seconds
        self._clock = clock
        self._root_url = base_url.rstrip("/").removesuffix("/v1")
        self._has_answered = False
        self._openai = AsyncOpenAI(
            base_url=base_url,
            api_key=key or NO_KEY,
            max_retries=0,
            http_client=http_client or http_client_for(base_url),
            timeout=timeouts(max(idle_timeout_seconds, first_token_timeout_seconds)),
            default_headers=NOT_OURS,
        )

    async def open(
        self,
        model: str,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        request_id: str | None = None,
        continue_last: bool = False,
        seconds_left: float | None = None,
    ) -> ReplyStream:
        """Ask for a reply, and return when its first text is there. One attempt.

        Args:
            model: served model name.
            messages: the conversation, oldest first.
            sampling: how tokens are chosen.
            request_id: sent as `X-Request-Id`.
            continue_last: go on with the text of the last message, a reply's.
            seconds_left: a limit beside the time-out for the first token.

        Raises:
            EngineError: no text came; `retryable` says whether that may pass.
        """
        limit = self._first_token_timeout_seconds
        if seconds_left is not None:
            limit = min(limit, seconds_left)
        body = _given(sampling)
        if continue_last:
            body.pop("response_format", None)  # its grammar would begin anew in mid-reply
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        headers = {} if request_id is None else {"X-Request-Id": request_id}
        stream = self._stream(model, messages, body=body, headers=headers)
        try:
            return await self._within(limit, stream, model)
        except BadRequestError as error:
            if sampling.json_schema is None:
                raise
            raise BadRequestError(str(error), **error.values, reason="json_schema") from None

    async def ask(
        self, path: str, body: object | None = None, *, timeout_seconds: float = 10.0
    ) -> object:
        """The JSON that a path below the engine's root answers: to a GET, or a POST of a body.

        Raises:
            EngineError: it answers something else, or nothing in time.
        """
        url = self._root_url + path
        if body is None:
            answer = self._openai.get(url, cast_to=object)
        else:
            answer = self._openai.post(url, cast_to=object, body=body)
        try:
            return await self._within(timeout_seconds, answer)
        except ValueError:
            raise NotAnEngineError("the answer is no JSON") from None

    async def close(self) -> None:
        """Close all connections."""
        await self._openai.close()

    async def _stream(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        body: dict[str, Any],
        headers: dict[str, str],
    ) -> ReplyStream:
        sent_at = self._clock()
        # not `chat.completions.create`, which looks at every message by its type and takes a third
        # of a request's CPU, nor openai's stream, which makes an object of every event and takes
        # five times the rest of a stream
        answer = await self._openai.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body={
                "model": model,
                "messages": list(messages),
                "stream": True,
                "stream_options": {"include_usage": True},
                **body,
            },
            options={"headers": headers},
            stream=True,
            stream_cls=AsyncStream[object],
        )
        response = cast(httpx2.Response, answer)  # as `cast_to` asks
        stream = ReplyStream(response, sent_at=sent_at, clock=self._clock)
        try:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                raise NotAnEngineError("the answer is no event stream")
            await stream.wait_first()
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _within(self, seconds: float, answer: Awaitable[T], model: str = "") -> T:
        """The answer, or the error for its failure, without the failure and what that repeats."""
        try:
            async with asyncio.timeout(seconds):
                answered = await answer
        except TimeoutError:
            raise EngineTimeoutError("no answer in time", timeout_seconds=seconds) from None
        except failures.FAILURES as failure:
            raise self._error_of(failure, model) from None
        self._has_answered = True
        return answered

    def _error_of(self, failure: Exception, model: str) -> EngineError:
        error = failures.of(failure, model=model)
        if isinstance(error, EngineHostUnknownError) and self._has_answered:
            # a container that restarts has no name for a moment
            return EngineUnreachableError(str(error))
        return error


def _given(sampling: Sampling) -> dict[str, Any]:
    """The parameters that are set, as the request's body names them."""
    given = {name: value for name, value in asdict(sampling).items() if value not in (None, ())}
    if schema := given.pop("json_schema", None):
        named = {"name": "reply", "schema": json.loads(schema)}
        given["response_format"] = {"type": "json_schema", "json_schema": named}
    return given
