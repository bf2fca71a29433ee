"""Streams read at the ticks of a clock, over real sockets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain

import pytest

from backend.chat.clock import FrameClock, Tempo
from backend.errors import InterruptedReplyError
from backend.llm.client import EngineClient, Sampling
from backend.llm.events import Event, Finished, TextDelta
from backend.llm.transport import http_client_for
from tests.contract.engine import ASKED, DONE, MODEL, ROLE, batches, finish, text
from tests.contract.wire import END, HEAD, Connection, serving

NUM_TOKENS = 60
WORDS = [f"词{number} " for number in range(NUM_TOKENS)]


def client_of(url: str, *, ticks_per_second: float = 20.0) -> EngineClient:
    clock = FrameClock(Tempo(fastest=ticks_per_second, slowest=ticks_per_second))
    return EngineClient(url, http_client=http_client_for(url, pace=clock))


def text_of(reply: list[list[Event]]) -> str:
    return "".join(event.text for event in chain(*reply) if isinstance(event, TextDelta))


async def stream_slowly(connection: Connection) -> None:
    """A token every 10 ms, each torn in the middle of a character."""
    await connection.take_request()
    await connection.send(HEAD)
    await connection.stream(ROLE)
    for word in WORDS:
        event = text(word)
        middle = event.index("词".encode()) + 1
        await connection.stream(event[:middle])
        await asyncio.sleep(0.01)
        await connection.stream(event[middle:])


async def test_many_tokens_cost_few_reads_and_none_is_lost() -> None:
    async def engine(connection: Connection) -> None:
        await stream_slowly(connection)
        await connection.stream(finish(), DONE)
        await connection.send(END)

    async with serving(engine) as url:
        client = client_of(url)
        reply = await batches(await client.open(MODEL, ASKED, Sampling()))
        await client.close()

    assert text_of(reply) == "".join(WORDS)
    assert reply[-1][-1] == Finished("stop")
    assert len(reply) < NUM_TOKENS / 2


async def test_a_connection_serves_again_after_a_paced_reply() -> None:
    connections: list[Connection] = []

    async def engine(connection: Connection) -> None:
        connections.append(connection)
        for _ in range(3):
            await stream_slowly(connection)
            await connection.stream(finish(), DONE)
            await connection.send(END)

    async with serving(engine) as url:
        client = client_of(url)
        for _ in range(3):
            reply = await batches(await client.open(MODEL, ASKED, Sampling()))
            assert text_of(reply) == "".join(WORDS)
        await client.close()

    assert len(connections) == 1


async def test_the_first_text_does_not_wait_for_a_tick_and_neither_does_the_end() -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(ROLE, text("a"))
        await asyncio.sleep(0.05)
        await connection.stream(finish(), DONE)
        await connection.send(END)

    async with serving(engine) as url:
        client = client_of(url, ticks_per_second=2)
        async with asyncio.timeout(0.4):
            stream = await client.open(MODEL, ASKED, Sampling())
            assert await anext(stream) == [TextDelta("a")]
        async with asyncio.timeout(0.9):
            assert list(chain(*(await batches(stream)))) == [Finished("stop")]
        await client.close()


async def test_text_that_comes_right_before_a_reset_is_kept() -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(ROLE, text("a"))
        await asyncio.sleep(0.05)
        await connection.stream(text("b"))
        await asyncio.sleep(0.05)
        connection.reset()

    came: list[Event] = []
    async with serving(engine) as url:
        client = client_of(url, ticks_per_second=5)
        stream = await client.open(MODEL, ASKED, Sampling())
        with pytest.raises(InterruptedReplyError):  # noqa: PT012
            async with stream:
                async for events in stream:
                    came += events
        await client.close()
    assert came == [TextDelta("a"), TextDelta("b")]


async def test_stop_closes_the_connection_while_its_socket_is_held() -> None:
    closed, has_read = asyncio.Event(), asyncio.Event()

    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(ROLE, text("a"))
        await connection.until_closed()
        closed.set()

    async def read(client: EngineClient) -> None:
        async with await client.open(MODEL, ASKED, Sampling()) as stream:
            async for _ in stream:
                has_read.set()

    async with serving(engine) as url:
        client = client_of(url, ticks_per_second=0.1)
        reading = asyncio.create_task(read(client))
        await has_read.wait()
        reading.cancel()
        async with asyncio.timeout(1):
            await closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await client.close()


async def test_an_engine_that_is_faster_than_the_ticks_has_to_wait() -> None:
    """What it has sent and nobody has read stays in the sockets, which hold so much and no more."""
    num_sent, num_events, event = 0, 2000, text("x" * 10_000)

    async def engine(connection: Connection) -> None:
        nonlocal num_sent
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(ROLE)
        with suppress(ConnectionError):  # nobody reads to the end
            for _ in range(num_events):
                await connection.stream(event)
                num_sent += 1

    async with serving(engine) as url:
        client = client_of(url, ticks_per_second=0.5)
        reading = asyncio.create_task(batches(await client.open(MODEL, ASKED, Sampling())))
        await asyncio.sleep(0.5)
        held_at = num_sent
        await asyncio.sleep(0.5)
        assert num_sent == held_at < num_events
        reading.cancel()
        await asyncio.wait([reading])
        await client.close()
