from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from backend.readiness.http import client_for
from backend.readiness.probe import MISTAKES, Probe, Serving, Sighting, Silent
from tests.unit.readiness.scripted import host_unknown, refused

KEY = "s3cret-key"
Answer = httpx2.Response | Exception


def models(*names: str, **fields: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"data": [{"id": name, **fields} for name in names]})


def html(status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, html="<html><h1>Welcome</h1></html>")


class Server:
    """Answers `/health` and `/v1/models`, and remembers what it was asked."""

    def __init__(self, health: Answer, model_list: Answer) -> None:
        self._answers = {"/health": health, "/v1/models": model_list}
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.get(request.url.path, httpx2.Response(404))
        if isinstance(answer, Exception):
            raise answer
        return answer


async def look(
    health: Answer,
    model_list: Answer,
    *,
    model_wanted: str | None = None,
    api_key: str | None = None,
    url: str = "http://engine:8001/v1",
) -> Sighting:
    transport = httpx2.MockTransport(Server(health, model_list))
    async with client_for(url, transport=transport) as client:
        probe = Probe(url, client, api_key=api_key, model_wanted=model_wanted)
        return await probe.look()


def ok() -> httpx2.Response:
    return httpx2.Response(200)


async def silence(health: Answer, model_list: Answer, **options: Any) -> Silent:
    sighting = await look(health, model_list, **options)
    assert isinstance(sighting, Silent)
    return sighting


async def test_a_healthy_engine_with_one_model_serves_it() -> None:
    sighting = await look(ok(), models("smol", max_model_len=8192))
    assert sighting == Serving(model="smol", max_model_len=8192, served=("smol",))


@pytest.mark.parametrize("length", [None, "8192", True, 0, -1, 8192.5])
async def test_an_odd_max_model_len_is_unknown(length: object) -> None:
    sighting = await look(ok(), models("smol", max_model_len=length))
    assert sighting == Serving(model="smol", max_model_len=None, served=("smol",))


async def test_the_wanted_model_is_chosen_among_several() -> None:
    sighting = await look(ok(), models("a", "b", max_model_len=64), model_wanted="b")
    assert sighting == Serving(model="b", max_model_len=64, served=("a", "b"))


async def test_several_models_and_none_wanted_are_listed() -> None:
    sighting = await silence(ok(), models("a", "b"))
    assert (sighting.kind, sighting.values) == ("several_models", {"served": ("a", "b")})


@pytest.mark.parametrize("wanted", ["Smol", "smol ", "other"])
async def test_names_are_case_sensitive_and_exact(wanted: str) -> None:
    sighting = await silence(ok(), models("smol"), model_wanted=wanted)
    assert (sighting.kind, sighting.values) == ("model_not_found", {"served": ("smol",)})
    assert repr(wanted) in sighting.cause


async def test_an_empty_list_is_an_engine_without_a_model_yet() -> None:
    assert (await silence(ok(), models(), model_wanted="smol")).kind == "no_model_yet"


async def test_a_dead_engine_is_unhealthy_though_its_models_are_listed() -> None:
    sighting = await silence(httpx2.Response(503), models("smol"))
    assert (sighting.kind, sighting.values) == ("engine_unhealthy", {"status": 503})


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425, 429])
async def test_a_status_that_may_pass_is_no_mistake(status: int) -> None:
    for answers in ((html(status), html(status)), (ok(), html(status))):
        sighting = await silence(*answers)
        assert (sighting.kind, sighting.values) == ("engine_unhealthy", {"status": status})
        assert sighting.kind not in MISTAKES


@pytest.mark.parametrize("error", [refused(), httpx2.ReadError(""), httpx2.RemoteProtocolError("")])
async def test_refused_reset_and_closed_are_unreachable(error: Exception) -> None:
    assert (await silence(error, error)).kind == "engine_unreachable"


@pytest.mark.parametrize("error", [httpx2.ConnectTimeout(""), httpx2.ReadTimeout("")])
async def test_a_time_out_is_told_from_a_refusal(error: Exception) -> None:
    assert (await silence(error, models("smol"))).kind == "engine_timeout"
    assert (await silence(ok(), error)).kind == "engine_timeout"


async def test_an_answer_that_trickles_is_a_time_out() -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_for(None, transport=httpx2.MockTransport(never)) as client:
        probe = Probe("http://engine/v1", client, timeout_seconds=0.01)
        sighting = await probe.look()
    assert isinstance(sighting, Silent)
    assert sighting.kind == "engine_timeout"


async def test_a_host_without_an_address_is_named_in_the_log_alone() -> None:
    sighting = await silence(host_unknown(), host_unknown(), url="http://enigne:8001/v1")
    assert (sighting.kind, sighting.values) == ("engine_host_unknown", {})
    assert "WARMLINE_ENGINE_URL" in sighting.cause
    assert "enigne" in sighting.cause


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_is_unauthorized(status: int) -> None:
    sighting = await silence(ok(), httpx2.Response(status), api_key=KEY)
    assert (sighting.kind, sighting.values) == ("engine_unauthorized", {"status": status})
    assert KEY not in repr(sighting)


async def test_a_key_that_no_header_can_hold_is_unauthorized_and_not_repeated() -> None:
    error = httpx2.LocalProtocolError(f"Illegal header value b'Bearer {KEY}\\n'")
    sighting = await silence(error, error, api_key=f"{KEY}\n")
    assert sighting.kind == "engine_unauthorized"
    assert KEY not in repr(sighting)


async def test_a_key_beyond_ascii_is_sent() -> None:
    assert isinstance(await look(ok(), models("smol"), api_key="schlüssel"), Serving)


@pytest.mark.parametrize(
    "answer",
    [
        html,
        lambda: httpx2.Response(200, text="ok"),
        lambda: httpx2.Response(200, content=b"\xff\xfe"),
        lambda: httpx2.Response(200, json=["smol"]),
        lambda: httpx2.Response(200, json={"object": "list"}),
        lambda: httpx2.Response(200, json={"data": {"id": "smol"}}),
        lambda: httpx2.Response(200, content=b"[" * 100_000),
    ],
    ids=["html", "text", "bytes", "list", "no data", "odd data", "deep"],
)
async def test_a_body_that_is_no_model_list_is_no_engine(
    answer: Callable[[], httpx2.Response],
) -> None:
    assert (await silence(ok(), answer())).kind == "not_an_engine"


@pytest.mark.parametrize("status", [204, 302, 400, 404, 405])
async def test_a_server_without_these_pages_is_no_engine(status: int) -> None:
    for answers in ((html(status), html(status)), (ok(), html(status))):
        sighting = await silence(*answers)
        assert (sighting.kind, sighting.values) == ("not_an_engine", {"status": status})


async def test_tls_to_a_server_that_speaks_none_is_no_engine() -> None:
    error = httpx2.ConnectError("[SSL: WRONG_VERSION_NUMBER]")
    error.__cause__ = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    assert (await silence(error, error)).kind == "not_an_engine"


async def test_a_url_of_another_protocol_is_no_engine() -> None:
    error = httpx2.UnsupportedProtocol("Request URL has an unsupported protocol 'ftp://'.")
    assert (await silence(error, error)).kind == "not_an_engine"


async def test_cards_that_are_odd_are_left_out() -> None:
    cards = ["smol", {"id": 7}, {"name": "x"}, {"id": "good"}]
    sighting = await look(ok(), httpx2.Response(200, json={"data": cards}))
    assert sighting == Serving(model="good", max_model_len=None, served=("good",))


@pytest.mark.parametrize(
    "url",
    [
        "http://engine:8001/v1",
        "http://engine:8001/v1/",
        "http://engine:8001",
        "http://engine:8001/",
    ],
)
async def test_health_lies_at_the_root_and_models_below_v1(url: str) -> None:
    server = Server(ok(), models("smol"))
    async with client_for(url, transport=httpx2.MockTransport(server)) as client:
        await Probe(url, client).look()
    assert {str(request.url) for request in server.requests} == {
        "http://engine:8001/health",
        "http://engine:8001/v1/models",
    }


@pytest.mark.parametrize("key", [KEY, None])
async def test_the_key_is_the_bearer_token(key: str | None) -> None:
    server = Server(ok(), models("smol"))
    async with client_for(None, transport=httpx2.MockTransport(server)) as client:
        await Probe("http://engine/v1", client, api_key=key).look()
    sent = {request.headers.get("Authorization") for request in server.requests}
    assert sent == {key and f"Bearer {key}"}
