"""The chat's HTTP: probes, closed routes, and who may ask at all."""

from __future__ import annotations

import io
import json

import aiohttp
import pytest
import socketio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product

FOREIGN_ORIGINS = ["https://evil.example", "http://127.0.0.1:1", "null"]


async def status_of(chat: Product, method: str, path: str, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, chat.url + path, headers=headers) as response,
    ):
        return response.status


async def test_healthz_answers_200_whatever_the_engine_does(
    chat: Product, engine: FakeEngine
) -> None:
    assert (await chat.get("/healthz"))[0] == 200
    await engine.close()
    await chat.phase("lost")
    assert (await chat.get("/healthz"))[0] == 200


async def test_readyz_is_200_when_the_gate_is_open_and_503_when_not(
    chat: Product, engine: FakeEngine
) -> None:
    status, text = await chat.get("/readyz")
    assert status == 200
    assert {**json.loads(text), "elapsed_seconds": None, "detail": None} == {
        "ready": True,
        "phase": "ready",
        "progress": 1.0,
        "eta_seconds": None,
        "elapsed_seconds": None,
        "detail": None,
        "problem": None,
    }
    await engine.close()
    await chat.phase("lost")
    assert (await chat.get("/readyz"))[0] == 503


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/health",
        "/mcp",
        "/project/threads",
        "/project/share/thread",
        "/copilot",
        "/login",
        "/.env",
        "/public/../app.py",
        "/public/%2e%2e/app.py",
        "/anything",
    ],
)
async def test_every_other_route_is_closed(path: str, chat: Product) -> None:
    assert await status_of(chat, "GET", path) == 404


@pytest.mark.parametrize(
    "path", ["/project/file", "/upload", "/mcp", "/project/element", "/project/thread/share"]
)
async def test_nothing_can_be_uploaded_or_changed(path: str, chat: Product) -> None:
    assert await status_of(chat, "POST", path) in {404, 405}
    assert await status_of(chat, "PUT", path) in {404, 405}
    assert await status_of(chat, "DELETE", path) in {404, 405}


@pytest.mark.parametrize("path", ["/", "/set-session-cookie", "/project/action", "/user"])
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_a_foreign_pages_request_is_refused(path: str, origin: str, chat: Product) -> None:
    method = "POST" if path in {"/set-session-cookie", "/project/action"} else "GET"
    assert await status_of(chat, method, path, Origin=origin) == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "chat.evil.example:8000", "127.0.0.1.evil.example"]
)
async def test_a_foreign_host_is_refused(host: str, chat: Product) -> None:
    """A name of somebody else's that resolves to this machine (DNS rebinding)."""
    assert await status_of(chat, "GET", "/", Host=host) == 421
    assert await status_of(chat, "GET", "/readyz", Host=host) == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_a_foreign_pages_socket_is_refused(origin: str, chat: Product) -> None:
    class Foreign(Person):
        async def _load_page(self) -> None:
            """A foreign page has loaded nothing from here."""

    with pytest.raises(socketio.exceptions.ConnectionError):
        await Foreign(chat.url, origin=origin).__aenter__()


async def test_a_foreign_hosts_socket_is_refused(chat: Product) -> None:
    handshake = {
        "Host": "evil.example",
        "Origin": "http://evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    path = "/ws/socket.io/?EIO=4&transport=websocket"
    assert await status_of(chat, "GET", path, **handshake) == 403
    own = handshake | {"Host": f"127.0.0.1:{chat.port}", "Origin": chat.url}
    assert await status_of(chat, "GET", path, **own) == 101


async def test_no_other_origin_may_read_an_answer(chat: Product) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{chat.url}/", headers={"Origin": chat.url}) as response,
    ):
        assert response.status == 200
        assert not [name for name in response.headers if name.startswith("Access-Control")]
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "no-store"


async def test_the_page_names_no_other_host(chat: Product) -> None:
    _, html = await chat.get("/")
    outside = html.replace("http://www.w3.org/", "").split("://")[1:]
    assert outside == []


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(chat: Product) -> None:
    body, url = io.BytesIO(b"x" * 2**21), f"{chat.url}/project/action"
    async with aiohttp.ClientSession() as http, http.post(url, data=body, expect100=True) as answer:
        assert answer.status == 413
