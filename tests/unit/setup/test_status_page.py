from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from backend.setup.errors import SetupError
from backend.setup.status_page import StatusPage
from backend.setup.steps import StepProgress
from tests.fakes.product import free_port
from tests.fakes.server import LOOPBACK

HALF = StepProgress(number=2, num_steps=4, fraction=0.5, detail="Installing the engine: 3 of 6")
CONTRACT = {
    "ready", "phase", "progress", "eta_seconds", "elapsed_seconds", "detail", "problem",
    "profile", "command", "hardware", "log_tail",
}  # fmt: skip


@pytest.fixture
def page() -> StatusPage:
    return StatusPage()


@pytest.fixture
async def url(page: StatusPage) -> AsyncIterator[str]:
    port = free_port()
    async with page.serving(LOOPBACK, port):
        yield f"http://{LOOPBACK}:{port}"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


def test_an_installation_is_the_phase_downloading(page: StatusPage) -> None:
    page.show(HALF)
    body = page.body()
    assert set(body) == CONTRACT
    assert body["ready"] is False
    assert body["phase"] == "downloading"
    assert body["progress"] == 0.225, "one and a half of four steps, of set-up's 60 %"
    assert body["detail"] == "Installing the engine: 3 of 6"
    assert body["problem"] is None


def test_elapsed_seconds_count_from_the_start() -> None:
    now = 100.0
    page = StatusPage(clock=lambda: now)
    now = 107.5
    assert page.body()["elapsed_seconds"] == 7.5


def test_a_failure_is_a_problem_with_advice_until_set_up_goes_on(page: StatusPage) -> None:
    page.show(HALF)
    page.fail(SetupError("disk", "The disk is full.", "Free some space."))
    body = page.body()
    assert body["phase"] == "failed"
    assert body["problem"] == {
        "kind": "disk",
        "message": "The disk is full.",
        "advice": "Free some space.",
    }
    page.show(HALF)
    assert page.body()["problem"] is None


async def test_it_is_served_where_the_launcher_will_be(
    page: StatusPage, url: str, http: aiohttp.ClientSession
) -> None:
    page.show(HALF)
    async with http.get(f"{url}/status") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert (await response.json())["detail"] == HALF.detail


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/statu", 404), ("POST", "/status", 405)],
)
async def test_nothing_else_is_served(
    url: str, http: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with http.request(method, url + path) as response:
        assert response.status == status


async def test_the_port_is_free_for_the_launcher_afterwards(
    page: StatusPage, http: aiohttp.ClientSession
) -> None:
    port = free_port()
    for _ in range(2):
        async with (
            page.serving(LOOPBACK, port),
            http.get(f"http://{LOOPBACK}:{port}/status") as response,
        ):
            assert response.status == 200


async def test_a_client_that_sends_nonsense_or_leaves_does_no_harm(
    url: str, http: aiohttp.ClientSession
) -> None:
    port = int(url.rpartition(":")[2])
    for nonsense in (b"", b"\r\n\r\n", b"x" * 100_000):
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(nonsense)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
    async with http.get(f"{url}/status") as response:
        assert response.status == 200
