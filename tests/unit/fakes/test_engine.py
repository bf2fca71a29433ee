"""The fake engine does on the wire what its script says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.engine import MODEL, FakeEngine
from tests.fakes.replies import (
    ContextOverflow,
    Done,
    ErrorEvent,
    Hang,
    HangBeforeHeaders,
    HangUp,
    Html,
    HttpError,
    Reply,
    Reset,
    ResetBeforeHeaders,
    Say,
    Stream,
    Usage,
    numbered,
    says,
)

Body = dict[str, Any]


def question(text: str = "Hello?", **more: Any) -> Body:
    messages = [{"role": "user", "content": text}]
    options = {"include_usage": True}
    return {
        "model": MODEL,
        "messages": messages,
        "stream": True,
        "stream_options": options,
        **more,
    }


async def ask(http: aiohttp.ClientSession, engine: FakeEngine, body: Body) -> list[str]:
    """The payloads of the answer's events."""
    async with http.post(f"{engine.url}/chat/completions", json=body) as response:
        assert response.status == 200
        raw = await response.read()
    return [event[len("data: ") :] for event in raw.decode().split("\n\n") if event]


def text_in(payloads: list[str]) -> str:
    chunks = [json.loads(p) for p in payloads if p != "[DONE]"]
    choices = [choice for chunk in chunks for choice in chunk.get("choices", [])]
    return "".join(choice["delta"].get("content", "") for choice in choices)


async def test_a_reply_is_streamed_with_its_reason_its_usage_and_done(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    usage = Usage(prompt_tokens=40, cached_tokens=32)
    engine.enqueue(says("One two three.", tokens_per_chunk=2, usage=usage))

    payloads = await ask(http, engine, question())

    assert text_in(payloads) == "One two three."
    assert payloads[-1] == "[DONE]"
    last = json.loads(payloads[-2])
    assert last["choices"] == []
    assert last["usage"]["prompt_tokens"] == 40
    assert last["usage"]["completion_tokens"] == 3
    assert last["usage"]["prompt_tokens_details"] == {"cached_tokens": 32}
    assert json.loads(payloads[-3])["choices"][0]["finish_reason"] == "stop"


async def test_max_tokens_cuts_the_text_and_names_length(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(says("One two three."))
    payloads = await ask(http, engine, question(max_tokens=2))
    assert text_in(payloads) == "One two"
    assert json.loads(payloads[-3])["choices"][0]["finish_reason"] == "length"


async def test_a_request_without_stream_gets_one_json_answer(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(says("One two."))
    body = question(stream=False)
    async with http.post(f"{engine.url}/chat/completions", json=body) as response:
        answer = await response.json()
    assert answer["choices"][0]["message"]["content"] == "One two."
    assert answer["usage"]["completion_tokens"] == 2


async def test_replies_go_in_order_to_the_questions_they_are_for(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(says("for the first"), says("again for the first"), to="first")
    texts = [
        text_in(await ask(http, engine, question(q))) for q in ("second", "first", "first", "first")
    ]
    hello = "Hello from the engine."
    assert texts == [hello, "for the first", "again for the first", hello]
    assert [request.last_user for request in engine.asked("first")] == ["first"] * 3


async def test_torn_characters_arrive_in_two_reads(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(says("漢字", torn=True))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        reads = [read async for read in response.content.iter_any()]
    assert "漢字" in b"".join(reads).decode()
    with pytest.raises(UnicodeDecodeError):
        [read.decode() for read in reads]


async def test_comments_keep_a_silent_stream_alive(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(Stream(Hang(), Say("Late."), Done(), keep_alive_seconds=0.01))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        assert await response.content.readuntil(b"\n\n") == b": keep-alive\n\n"
        engine.release()
        assert b"Late." in await response.read()


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (HttpError(503), 503, "queue is full"),
        (HttpError(429, "Later."), 429, "Later."),
        (ContextOverflow(), 400, "maximum context length is 4096 tokens"),
        (Html(), 200, "<!doctype html>"),
        (Html(502), 502, "<!doctype html>"),
    ],
)
async def test_an_answer_can_be_no_stream(
    engine: FakeEngine, http: aiohttp.ClientSession, reply: Reply, status: int, words: str
) -> None:
    engine.enqueue(reply)
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        assert response.status == status
        assert words in await response.text()


async def test_an_error_may_say_when_to_come_back(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(HttpError(429, retry_after="7"))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        assert response.headers["Retry-After"] == "7"


async def test_an_error_event_comes_inside_a_200_and_done_follows(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(Stream(ErrorEvent(503), Done()))
    error, done = await ask(http, engine, question())
    assert json.loads(error)["error"]["code"] == 503
    assert done == "[DONE]"


@pytest.mark.parametrize("step", [Reset(), HangUp()])
async def test_a_connection_breaks_in_mid_stream_when_told(
    engine: FakeEngine, http: aiohttp.ClientSession, step: Reset | HangUp
) -> None:
    engine.enqueue(Stream(Say("One"), Hang(), step))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        await response.content.readuntil(b"One")
        engine.release()
        with pytest.raises(aiohttp.ClientError):
            await response.read()
    request = await engine.ended(engine.requests[0])
    assert request.outcome == "broken"
    assert request.num_tokens_sent == 1


async def test_a_connection_is_reset_before_the_headers(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(ResetBeforeHeaders())
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(http, engine, question())


async def test_a_client_that_goes_aborts_its_request_and_the_running_count_falls(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(numbered("word", 1000, tokens_per_second=100))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        await response.content.readuntil(b"word.2")
        assert engine.running == 1
        async with http.get(f"{engine.root_url}/metrics") as metrics:
            assert "vllm:num_requests_running" in (text := await metrics.text())
            assert text.splitlines()[0].endswith(" 1.0")
    await engine.until(lambda: engine.running == 0, "the request is aborted")
    assert engine.requests[0].outcome == "aborted"
    assert engine.requests[0].num_tokens_sent < 1000


async def test_a_request_may_hang_before_its_headers(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(HangBeforeHeaders(says("At last.")))
    asking = asyncio.create_task(ask(http, engine, question()))
    await engine.request("Hello?")
    engine.release()
    assert text_in(await asking) == "At last."


async def test_a_closed_port_refuses_resets_and_opens_again_at_the_same_place(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.enqueue(Stream(Say("One"), Hang()))
    async with http.post(f"{engine.url}/chat/completions", json=question()) as response:
        await response.content.readuntil(b"One")
        await engine.close()
        with pytest.raises(aiohttp.ClientError):
            await response.read()
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(f"{engine.root_url}/health")
    await engine.open()
    async with http.get(f"{engine.root_url}/health") as response:
        assert response.status == 200


async def test_health_says_what_is_set_or_nothing_at_all(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    engine.health = 503
    async with http.get(f"{engine.root_url}/health") as response:
        assert response.status == 503
    engine.health = None
    asking = asyncio.create_task(http.get(f"{engine.root_url}/health"))
    await engine.until(lambda: engine.num_probes["/health"] == 2)
    assert not asking.done()
    engine.release()
    (await asking).close()


async def test_a_wrong_key_a_wrong_model_and_a_wrong_path_are_refused_as_vllm_does(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{engine.url}/chat/completions", json=question(model="x")) as response:
        assert response.status == 404
        assert "The model `x` does not exist." in await response.text()
    async with http.get(f"{engine.url}/v1/models") as response:
        assert response.status == 404
    engine.api_key = "right"
    wrong = {"Authorization": "Bearer wrong"}
    async with http.get(f"{engine.url}/models", headers=wrong) as response:
        assert response.status == 401
    async with http.get(f"{engine.url}/models", headers={"Authorization": "Bearer right"}) as r:
        assert [model["id"] for model in (await r.json())["data"]] == [MODEL]


async def test_tokenize_counts_as_the_usage_does(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    body = question("Twelve chars")
    async with http.post(f"{engine.root_url}/tokenize", json=body) as response:
        assert (await response.json())["count"] == 7
    payloads = await ask(http, engine, body)
    assert json.loads(payloads[-2])["usage"]["prompt_tokens"] == 7


async def test_what_does_not_happen_in_time_is_told_with_what_was_seen(
    engine: FakeEngine, http: aiohttp.ClientSession
) -> None:
    await ask(http, engine, question("Is it there?"))
    with pytest.raises(AssertionError, match=r"second question.*Is it there\?"):
        await engine.until(lambda: len(engine.requests) == 2, "a second question", 0.05)
