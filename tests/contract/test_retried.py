"""The client and the retries together: which failures are tried again, and which are not."""

from __future__ import annotations

import asyncio

import pytest

from backend.errors import EngineError, EngineUnauthorizedError, RetriesExhaustedError
from backend.llm.client import EngineClient, Sampling
from backend.llm.events import Event, Finished, TextDelta
from backend.llm.retry import Retry, RetryPolicy, with_retries
from backend.llm.stream import ReplyStream
from tests.contract.engine import (
    ASKED,
    DONE,
    MODEL,
    ScriptedEngine,
    batches,
    error_event,
    finish,
    refuses,
    streams,
    text,
)

GOOD: list[list[Event]] = [[TextDelta("a")], [Finished("stop")]]


class Turn:
    """One turn without a page: keeps what the page would be told, and never really waits."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.retries: list[Retry] = []

    async def reply(self) -> list[list[Event]]:
        stream = await with_retries(
            self._open,
            RetryPolicy(deadline_seconds=60, jitter=0),
            before_attempt=self._gate_is_open,
            on_retry=self._told,
            sleep=self._no_sleep,
        )
        return await batches(stream)

    async def _open(self, seconds_left: float) -> ReplyStream:
        return await self.client.open(MODEL, ASKED, Sampling(), seconds_left=seconds_left)

    async def _told(self, retry: Retry) -> None:
        self.retries.append(retry)

    async def _gate_is_open(self) -> None:
        pass

    async def _no_sleep(self, seconds: float) -> None:
        pass


async def test_503_and_then_200(engine: ScriptedEngine) -> None:
    engine.enqueue(refuses(503), streams(text("a"), finish(), DONE))
    turn = Turn(engine.client())

    assert await turn.reply() == GOOD
    assert [(retry.num_attempt, retry.wait_seconds) for retry in turn.retries] == [(2, 0.5)]


async def test_503_inside_a_stream_that_began_with_200(engine: ScriptedEngine) -> None:
    engine.enqueue(streams(error_event(503), DONE), streams(text("a"), finish(), DONE))
    turn = Turn(engine.client())

    assert await turn.reply() == GOOD
    assert [retry.cause.kind for retry in turn.retries] == ["engine_busy"]


async def test_retry_after_is_waited_for(engine: ScriptedEngine) -> None:
    engine.enqueue(refuses(429, retry_after="9"), streams(text("a"), finish(), DONE))
    turn = Turn(engine.client())

    assert await turn.reply() == GOOD
    assert [retry.wait_seconds for retry in turn.retries] == [9.0]


async def test_a_first_token_that_is_too_slow(engine: ScriptedEngine) -> None:
    engine.enqueue(streams(asyncio.Event()), streams(text("a"), finish(), DONE))
    turn = Turn(engine.client(first_token_timeout_seconds=0.01))

    assert await turn.reply() == GOOD
    assert [retry.cause.kind for retry in turn.retries] == ["engine_timeout"]


async def test_the_client_itself_sends_each_attempt_once(engine: ScriptedEngine) -> None:
    engine.enqueue(refuses(503))

    with pytest.raises(EngineError):
        await engine.client().open(MODEL, ASKED, Sampling())
    assert len(engine.requests) == 1


async def test_401_is_not_tried_again(engine: ScriptedEngine) -> None:
    engine.enqueue(refuses(401))
    turn = Turn(engine.client())

    with pytest.raises(EngineUnauthorizedError):
        await turn.reply()
    assert len(engine.requests) == 1
    assert turn.retries == []


async def test_a_retry_after_beyond_the_deadline_gives_up_at_once(engine: ScriptedEngine) -> None:
    engine.enqueue(refuses(503, retry_after="3600"))
    turn = Turn(engine.client())

    with pytest.raises(RetriesExhaustedError) as exhausted:
        await turn.reply()
    assert exhausted.value.last.kind == "engine_busy"
    assert exhausted.value.values["num_attempts"] == 1
    assert turn.retries == []
