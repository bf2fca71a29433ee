"""The client over real sockets, with each transport that it may be given."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from itertools import chain

import httpx2
import pytest

from backend.errors import (
    EngineTimeoutError,
    EngineUnreachableError,
    InterruptedReplyError,
    NotAnEngineError,
)
from backend.llm.client import EngineClient, Sampling
from backend.llm.events import Event, Finished, TextDelta
from backend.llm.transport import http_client_for
from tests.contract.engine import ASKED, DONE, MODEL, ROLE, batches, finish, text
from tests.contract.wire import END, HEAD, Connection, MakeClient, client_of, serving


@pytest.fixture(params=["ours", "httpx2"])
def make_client(request: pytest.FixtureRequest) -> MakeClient:
    return http_client_for if request.param == "ours" else lambda _: httpx2.AsyncClient()


async def test_a_reply(make_client: MakeClient) -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(ROLE, text("模型"), finish(), DONE)
        await connection.send(END)

    async with serving(engine) as url, client_of(make_client, url) as client:
        reply = await batches(await client.open(MODEL, ASKED, Sampling()))

    assert list(chain.from_iterable(reply)) == [TextDelta("模型"), Finished("stop")]


async def test_two_replies_share_a_connection(make_client: MakeClient) -> None:
    connections: list[Connection] = []

    async def engine(connection: Connection) -> None:
        connections.append(connection)
        for _ in range(2):
            await connection.take_request()
            await connection.send(HEAD)
            await connection.stream(text("a"), finish(), DONE)
            await connection.send(END)

    async with serving(engine) as url, client_of(make_client, url) as client:
        for _ in range(2):
            await batches(await client.open(MODEL, ASKED, Sampling()))

    assert len(connections) == 1


async def test_stop_closes_the_connection_while_the_engine_generates(
    make_client: MakeClient,
) -> None:
    closed, has_read = asyncio.Event(), asyncio.Event()

    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(text("a"))
        await connection.until_closed()
        closed.set()

    async def read(client: EngineClient) -> None:
        async with await client.open(MODEL, ASKED, Sampling()) as stream:
            async for _ in stream:
                has_read.set()

    async with serving(engine) as url, client_of(make_client, url) as client:
        reader = asyncio.create_task(read(client))
        await has_read.wait()
        reader.cancel()
        async with asyncio.timeout(1):
            await closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await reader


async def test_stop_closes_the_connection_before_the_headers(make_client: MakeClient) -> None:
    closed, asked = asyncio.Event(), asyncio.Event()

    async def engine(connection: Connection) -> None:
        await connection.take_request()
        asked.set()
        await connection.until_closed()
        closed.set()

    async with serving(engine) as url, client_of(make_client, url) as client:
        opening = asyncio.create_task(client.open(MODEL, ASKED, Sampling()))
        await asked.wait()
        opening.cancel()
        async with asyncio.timeout(1):
            await closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await opening


@pytest.mark.parametrize("end", [Connection.reset, Connection.close])
async def test_a_body_without_its_end_interrupts_the_reply(
    make_client: MakeClient, end: Callable[[Connection], None]
) -> None:
    has_read = asyncio.Event()
    came: list[Event] = []

    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(text("a"))
        await has_read.wait()
        end(connection)

    async with serving(engine) as url, client_of(make_client, url) as client:
        stream = await client.open(MODEL, ASKED, Sampling())
        with pytest.raises(InterruptedReplyError):  # noqa: PT012
            async with stream:
                async for events in stream:
                    came += events
                    has_read.set()

    assert came == [TextDelta("a")]


async def test_an_engine_that_falls_silent_interrupts_the_reply(make_client: MakeClient) -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(text("a"))
        await connection.until_closed()

    async with (
        serving(engine) as url,
        client_of(make_client, url, timeout_seconds=1.0) as client,
    ):
        with pytest.raises(InterruptedReplyError):
            await batches(await client.open(MODEL, ASKED, Sampling()))


async def test_an_engine_that_never_answers_is_a_time_out(make_client: MakeClient) -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.until_closed()

    async with (
        serving(engine) as url,
        client_of(make_client, url, timeout_seconds=0.2) as client,
    ):
        with pytest.raises(EngineTimeoutError):
            await client.open(MODEL, ASKED, Sampling())


@pytest.mark.parametrize("end", [Connection.reset, Connection.close])
async def test_a_connection_that_ends_before_the_headers_may_pass(
    make_client: MakeClient, end: Callable[[Connection], None]
) -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        end(connection)

    async with serving(engine) as url, client_of(make_client, url) as client:
        with pytest.raises(EngineUnreachableError):
            await client.open(MODEL, ASKED, Sampling())


async def test_a_port_that_refuses_may_pass(make_client: MakeClient) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        async with client_of(make_client, url) as client:
            with pytest.raises(EngineUnreachableError, match="ConnectionRefusedError"):
                await client.open(MODEL, ASKED, Sampling())


async def test_a_server_that_speaks_no_http_is_no_engine() -> None:
    async def ssh(connection: Connection) -> None:
        await connection.send(b"SSH-2.0-OpenSSH_9.9\r\n")
        await connection.until_closed()

    async with serving(ssh) as url, client_of(http_client_for, url) as client:
        with pytest.raises(NotAnEngineError):
            await client.open(MODEL, ASKED, Sampling())


async def test_more_streams_than_a_pool_of_100_are_open_at_once() -> None:
    all_are_open = asyncio.Event()

    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(text("a"))
        await all_are_open.wait()
        await connection.stream(finish(), DONE)
        await connection.send(END)

    async with serving(engine) as url, client_of(http_client_for, url) as client:
        opening = (client.open(MODEL, ASKED, Sampling()) for _ in range(150))
        streams = await asyncio.gather(*opening)
        all_are_open.set()
        replies = await asyncio.gather(*(batches(stream) for stream in streams))

    assert len(replies) == 150
