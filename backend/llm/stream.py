"""A reply as it arrives: one batch of events for each read of the engine's socket.

Where the transport can, the first text is read at once, what follows at the ticks of a clock, and
what comes after the finish reason at once again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx2

from backend.errors import (
    EngineError,
    EngineFaultError,
    EngineUnreachableError,
    InterruptedReplyError,
)
from backend.llm import failures
from backend.llm.events import DONE, Event, Finished, TextDelta, parse
from backend.llm.paced import PACED_BODY, PacedBody
from backend.llm.sse import SseParser

ABORTED_REASONS = frozenset({"abort", "error"})
"""vLLM's finish reasons of a reply that it did not finish (`vllm/v1/engine/__init__.py`)."""

END_OF_BODY_SECONDS = 1.0  # from `[DONE]` to the end of the body, which frees the connection


class ReplyStream:
    """The events of one reply, in the order in which the engine sends them.

    An async context manager and an async iterator over `list[Event]`, never an empty one. It ends
    only after a `Finished` and raises `InterruptedReplyError` in every other case. Leaving the
    context, or cancelling the task that reads, closes the connection at once: the engine stops.

    Attributes:
        sent_at: when the request was sent, seconds of `clock`.
        first_text_at: when the first non-empty text came, seconds of `clock`; `None` for a reply
            without any.
    """

    def __init__(
        self,
        response: httpx2.Response,
        *,
        sent_at: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sent_at = sent_at
        self.first_text_at: float | None = None
        self._response = response
        self._clock = clock
        self._body = _body(response)
        self._paced_body: PacedBody | None = response.extensions.get(PACED_BODY)
        self._sse = SseParser()
        self._unread: list[Event] = []  # what `wait_first` took and nobody has seen
        self._finished = False
        self._is_over = False
        self._failure: EngineError | None = None

    async def wait_first(self) -> None:
        """Return when the first text, or the end of a reply without any, is there to be read.

        Raises:
            EngineError: the stream failed or ended before.
        """
        while self.first_text_at is None:
            if self._failure is not None:
                raise self._failure
            if self._finished:
                return
            if self._is_over:
                raise EngineUnreachableError("the stream ended before any text")
            self._unread += await self._read()
        if self._paced_body is not None and not self._finished:
            self._paced_body.begin()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Event]:
        events, self._unread = self._unread, []
        while not events:
            if self._is_over:
                raise self._end()
            events = await self._read()
        return events

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection, or give it back if the whole body has come."""
        self._read_at_once()
        with suppress(TimeoutError, *failures.FAILURES):
            if self._is_over and self._finished and self._failure is None:
                async with asyncio.timeout(END_OF_BODY_SECONDS):
                    async for _ in self._body:
                        pass
        with suppress(*failures.FAILURES):
            await self._body.aclose()
            await self._response.aclose()

    async def _read(self) -> list[Event]:
        """The events of one read; sets `_is_over`, and `_failure`, when there is no next one."""
        try:
            payloads = self._sse.feed(await anext(self._body))
        except StopAsyncIteration:
            payloads = self._sse.close()
            self._is_over = True
        except failures.FAILURES as failure:
            self._fail(None if self._finished else failures.of(failure))
            return []
        return self._take(payloads)

    def _take(self, payloads: list[bytes]) -> list[Event]:
        events: list[Event] = []
        for payload in payloads:
            if payload == DONE:
                self._is_over = True
                break
            try:
                events += parse(payload)
            except EngineError as failure:
                self._fail(failure)
                break
        for event in events:
            if isinstance(event, TextDelta):
                if self.first_text_at is None:
                    self.first_text_at = self._clock()
            elif isinstance(event, Finished):
                self._finished = True
                self._read_at_once()
                if event.finish_reason in ABORTED_REASONS:
                    self._fail(EngineFaultError("the engine aborted the reply"))
        return events

    def _read_at_once(self) -> None:
        if self._paced_body is not None:
            self._paced_body.end()

    def _fail(self, failure: EngineError | None) -> None:
        self._is_over = True
        self._failure = failure

    def _end(self) -> StopAsyncIteration | InterruptedReplyError:
        if self._failure is not None:
            return InterruptedReplyError(str(self._failure))
        if not self._finished:
            return InterruptedReplyError("the stream ended without a finish reason")
        return StopAsyncIteration()


def _body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    # decoding costs as much as reading, and engines do not compress a stream
    is_plain = "content-encoding" not in response.headers
    return response.aiter_raw() if is_plain else response.aiter_bytes()
