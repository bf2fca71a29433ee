"""A reply that goes well, in whatever pieces its bytes come."""

from __future__ import annotations

import asyncio

import pytest

from backend.errors import EngineUnreachableError
from backend.llm.client import Sampling
from backend.llm.events import Finished, TextDelta, Usage
from tests.contract.engine import (
    ASKED,
    DONE,
    MODEL,
    ROLE,
    Body,
    ScriptedEngine,
    batches,
    finish,
    opened,
    streaming,
    streams,
    text,
    usage,
)


async def test_text_the_finish_reason_and_the_counts_arrive_in_order(
    engine: ScriptedEngine,
) -> None:
    stream = await opened(
        engine, ROLE, text("Hel"), text("lo"), finish(), usage(12, 2, cached=8), DONE
    )

    assert await batches(stream) == [
        [TextDelta("Hel")],
        [TextDelta("lo")],
        [Finished("stop")],
        [Usage(prompt_tokens=12, completion_tokens=2, cached_tokens=8)],
    ]


async def test_a_usage_chunk_without_details_leaves_cached_tokens_unknown(
    engine: ScriptedEngine,
) -> None:
    stream = await opened(engine, text("a"), finish(), usage(12, 1), DONE)

    assert (await batches(stream))[-1] == [Usage(12, 1, None)]


async def test_several_events_of_one_read_come_as_one_batch(engine: ScriptedEngine) -> None:
    stream = await opened(engine, text("a") + text("b") + finish(), usage(1, 2) + DONE)

    assert await batches(stream) == [
        [TextDelta("a"), TextDelta("b"), Finished("stop")],
        [Usage(1, 2, None)],
    ]


async def test_one_event_over_many_reads_comes_when_it_is_whole(engine: ScriptedEngine) -> None:
    whole = text("one event") + finish()
    stream = await opened(engine, *(whole[i : i + 1] for i in range(len(whole))), DONE)

    assert await batches(stream) == [[TextDelta("one event")], [Finished("stop")]]


async def test_a_character_cut_between_two_reads_is_whole(engine: ScriptedEngine) -> None:
    raw = text("模型🙂")
    cuts = [raw.index("型".encode()) + 1, raw.index("🙂".encode()) + 2]
    stream = await opened(engine, raw[: cuts[0]], raw[cuts[0] : cuts[1]], raw[cuts[1] :], finish())

    assert (await batches(stream))[0] == [TextDelta("模型🙂")]


async def test_keep_alive_comments_are_no_events(engine: ScriptedEngine) -> None:
    alive = b": keep-alive\n\n"
    stream = await opened(engine, alive, ROLE, alive, text("a"), alive, alive + finish(), DONE)

    assert await batches(stream) == [[TextDelta("a")], [Finished("stop")]]


async def test_a_reply_without_any_text_is_opened_and_ends(engine: ScriptedEngine) -> None:
    stream = await opened(engine, ROLE, finish(), usage(5, 1), DONE)

    assert stream.first_text_at is None
    assert await batches(stream) == [[Finished("stop")], [Usage(5, 1, None)]]


async def test_a_body_that_ends_after_the_finish_reason_is_a_whole_reply(
    engine: ScriptedEngine,
) -> None:
    stream = await opened(engine, text("a"), finish("length"))

    assert await batches(stream) == [[TextDelta("a")], [Finished("length")]]


async def test_a_connection_lost_after_the_finish_reason_costs_only_the_counts(
    engine: ScriptedEngine,
) -> None:
    stream = await opened(engine, text("a"), finish(), ConnectionResetError())

    assert await batches(stream) == [[TextDelta("a")], [Finished("stop")]]


async def test_the_body_is_read_to_its_end_so_that_the_connection_can_serve_again(
    engine: ScriptedEngine,
) -> None:
    end_is_read = asyncio.Event()
    end_is_read.set()
    body = Body(text("a"), finish(), DONE, b": the end\n\n", end_is_read)
    engine.enqueue(streaming(body))

    await batches(await engine.client().open(MODEL, ASKED, Sampling()))

    assert body.held.is_set()
    assert body.closed.is_set()


async def test_ttft_is_from_the_sending_to_the_first_text_that_is_not_empty(
    engine: ScriptedEngine,
) -> None:
    ticks = iter([100.0, 100.7])
    engine.enqueue(streams(ROLE, text("a"), text("b"), finish()))

    stream = await engine.client(clock=lambda: next(ticks)).open(MODEL, ASKED, Sampling())
    await batches(stream)

    assert stream.first_text_at is not None
    assert stream.first_text_at - stream.sent_at == pytest.approx(0.7)


class TestStop:
    async def test_cancelling_the_reader_closes_the_connection_at_once(
        self, engine: ScriptedEngine
    ) -> None:
        body = await self._reading(engine)

        self.reader.cancel()

        with pytest.raises(asyncio.CancelledError):
            await self.reader
        assert body.closed.is_set()

    async def test_leaving_the_context_closes_the_connection_at_once(
        self, engine: ScriptedEngine
    ) -> None:
        body = Body(text("a"), text("b"), asyncio.Event())
        engine.enqueue(streaming(body))

        async with await engine.client().open(MODEL, ASKED, Sampling()):
            assert not body.closed.is_set()

        assert body.closed.is_set()

    async def test_cancelling_while_the_first_token_is_awaited_closes_the_connection(
        self, engine: ScriptedEngine
    ) -> None:
        body = Body(ROLE, asyncio.Event())
        engine.enqueue(streaming(body))
        opening = asyncio.create_task(engine.client().open(MODEL, ASKED, Sampling()))
        await body.held.wait()

        opening.cancel()

        with pytest.raises(asyncio.CancelledError):
            await opening
        assert body.closed.is_set()

    async def test_an_attempt_that_fails_leaves_no_connection_open(
        self, engine: ScriptedEngine
    ) -> None:
        body = Body(ROLE, DONE, asyncio.Event())
        engine.enqueue(streaming(body))

        with pytest.raises(EngineUnreachableError):
            await engine.client().open(MODEL, ASKED, Sampling())

        assert body.closed.is_set()

    async def _reading(self, engine: ScriptedEngine) -> Body:
        body = Body(text("a"), asyncio.Event())
        engine.enqueue(streaming(body))
        stream = await engine.client().open(MODEL, ASKED, Sampling())
        self.reader = asyncio.create_task(batches(stream))
        await body.held.wait()
        return body
