"""`HTTP_PROXY` and an engine that is near, or far."""

from __future__ import annotations

import pytest

from backend.llm.client import Sampling
from backend.llm.transport import http_client_for
from tests.contract.engine import ASKED, DONE, MODEL, batches, finish, text
from tests.contract.wire import END, HEAD, Connection, client_of, serving


def use_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy)


async def test_a_proxy_serves_an_engine_that_is_far(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[bytes] = []

    async def proxy(connection: Connection) -> None:
        asked_for.append(await connection.take_request())
        await connection.send(HEAD)
        await connection.stream(text("a"), finish(), DONE)
        await connection.send(END)

    async with serving(proxy) as url:
        use_proxy(monkeypatch, url.removesuffix("/v1"))
        async with client_of(http_client_for, "http://engine.example.com/v1") as client:
            await batches(await client.open(MODEL, ASKED, Sampling()))

    assert asked_for == [b"POST http://engine.example.com/v1/chat/completions HTTP/1.1"]


async def test_a_proxy_is_passed_by_for_an_engine_that_is_near(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def engine(connection: Connection) -> None:
        await connection.take_request()
        await connection.send(HEAD)
        await connection.stream(text("a"), finish(), DONE)
        await connection.send(END)

    use_proxy(monkeypatch, "http://127.0.0.1:1")  # where nobody listens
    async with serving(engine) as url, client_of(http_client_for, url) as client:
        assert await batches(await client.open(MODEL, ASKED, Sampling()))
