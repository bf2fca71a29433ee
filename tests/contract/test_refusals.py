"""Before the first text: each failure is an error of its own kind, raised by `open`."""

from __future__ import annotations

import asyncio
import socket
import traceback

import httpx2
import pytest

from backend.errors import (
    BadRequestError,
    ContextOverflowError,
    EngineBusyError,
    EngineError,
    EngineFaultError,
    EngineHostUnknownError,
    EngineTimeoutError,
    EngineUnauthorizedError,
    EngineUnreachableError,
    ModelNotFoundError,
    NotAnEngineError,
)
from backend.llm.client import EngineClient, Sampling
from tests.contract.engine import (
    ASKED,
    DONE,
    MODEL,
    ROLE,
    Piece,
    ScriptedEngine,
    batches,
    error_event,
    finish,
    refuses,
    streams,
    text,
)

HTML = "<!doctype html><title>Welcome</title>"


async def refusal(
    engine: ScriptedEngine,
    answer: httpx2.Response | Exception,
    client: EngineClient | None = None,
) -> EngineError:
    engine.enqueue(answer)
    with pytest.raises(EngineError) as refused:
        await (client or engine.client()).open(MODEL, ASKED, Sampling())
    assert "secret" not in "".join(traceback.format_exception(refused.value))
    return refused.value


class TestHttpStatus:
    @pytest.mark.parametrize("status", [408, 409, 425, 429, 503])
    async def test_asks_to_come_back_later(self, engine: ScriptedEngine, status: int) -> None:
        error = await refusal(engine, refuses(status))

        assert isinstance(error, EngineBusyError)
        assert error.values == {"status": status}
        assert error.retry_after_seconds is None

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry_after": "7"}, 7.0),
            ({"retry_after": "1.5"}, 1.5),
            (
                {
                    "retry_after": "Wed, 21 Oct 2026 07:28:30 GMT",
                    "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                },
                30.0,
            ),
            (
                {
                    "retry_after": "Wed, 21 Oct 2026 07:27:00 GMT",
                    "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                },
                0.0,
            ),
            ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
            ({"retry_after": "soon"}, None),
            ({"retry_after": "-3"}, None),
        ],
    )
    async def test_says_when_to_come_back(
        self, engine: ScriptedEngine, headers: dict[str, str], seconds: float | None
    ) -> None:
        error = await refusal(engine, refuses(429, **headers))

        assert isinstance(error, EngineBusyError)
        assert error.retry_after_seconds == seconds

    async def test_an_engine_that_shuts_down_has_a_fault_that_may_pass(
        self, engine: ScriptedEngine
    ) -> None:
        draining = refuses(500, "cannot schedule new futures after shutdown")

        error = await refusal(engine, draining)

        assert isinstance(error, EngineFaultError)
        assert error.retryable
        assert error.values == {"status": 500}

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_key_is_final(self, engine: ScriptedEngine, status: int) -> None:
        unauthorized = httpx2.Response(status, json={"error": "Unauthorized"})

        error = await refusal(engine, unauthorized, engine.client(api_key="a secret key"))

        assert isinstance(error, EngineUnauthorizedError)
        assert not error.retryable

    async def test_a_model_that_is_not_served_names_those_that_are(
        self, engine: ScriptedEngine
    ) -> None:
        sentence = "The model `small` does not exist. Valid aliases: Qwen3-4B, org/Qwen2.5-7B."

        error = await refusal(engine, refuses(404, sentence))

        assert isinstance(error, ModelNotFoundError)
        assert error.values == {"model": MODEL, "served": ("Qwen3-4B", "org/Qwen2.5-7B")}

    async def test_a_model_that_is_not_served_by_an_engine_that_names_none(
        self, engine: ScriptedEngine
    ) -> None:
        error = await refusal(engine, refuses(404, "The model `small` does not exist."))

        assert isinstance(error, ModelNotFoundError)
        assert error.values == {"model": MODEL, "served": ()}

    @pytest.mark.parametrize(
        ("sentence", "values"),
        [
            (
                "This model's maximum context length is 4096 tokens. However, your prompt contains "
                "5000 input tokens, which exceeds this limit even without any output tokens.",
                {"limit_tokens": 4096, "num_tokens": 5000},
            ),
            (
                "This model's maximum context length is 4096 tokens. However, your prompt contains "
                "at least 4097 input tokens, which exceeds this limit.",
                {"limit_tokens": 4096},
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4100 "
                "tokens (4000 in the messages, 100 in the completion).",
                {"limit_tokens": 4096, "num_tokens": 4100},
            ),
            (
                "This model's maximum context length is 4096 tokens. However, your prompt contains "
                "900000 characters (more than 65536 characters, which is the upper bound for 4096 "
                "input tokens).",
                {"limit_tokens": 4096},
            ),
        ],
    )
    async def test_a_prompt_that_is_too_long_gives_the_numbers_that_the_engine_tells(
        self, engine: ScriptedEngine, sentence: str, values: dict[str, int]
    ) -> None:
        error = await refusal(engine, refuses(400, sentence))

        assert isinstance(error, ContextOverflowError)
        assert error.values == values

    @pytest.mark.parametrize("status", [400, 413, 422])
    async def test_another_4xx_is_a_request_that_is_not_accepted(
        self, engine: ScriptedEngine, status: int
    ) -> None:
        error = await refusal(engine, refuses(status))

        assert isinstance(error, BadRequestError)
        assert error.values == {"status": status}


class TestNotAnEngine:
    @pytest.mark.parametrize("status", [200, 400, 404, 405, 501])
    async def test_answers_html(self, engine: ScriptedEngine, status: int) -> None:
        error = await refusal(engine, httpx2.Response(status, html=HTML))

        assert isinstance(error, NotAnEngineError)

    async def test_a_proxy_in_front_of_an_engine_that_is_gone_is_retried(
        self, engine: ScriptedEngine
    ) -> None:
        error = await refusal(engine, httpx2.Response(502, html=HTML))

        assert isinstance(error, EngineFaultError)

    async def test_has_no_chat_completions(self, engine: ScriptedEngine) -> None:
        not_found = httpx2.Response(404, json={"detail": "Not Found"})

        assert isinstance(await refusal(engine, not_found), NotAnEngineError)

    async def test_sends_elsewhere(self, engine: ScriptedEngine) -> None:
        redirect = httpx2.Response(302, headers={"Location": "http://login.example/"})

        assert isinstance(await refusal(engine, redirect), NotAnEngineError)
        assert len(engine.requests) == 1

    @pytest.mark.parametrize("payload", [b"no json", b"[]", b'"text"', b'{"choices":[1]}'])
    async def test_streams_something_else(self, engine: ScriptedEngine, payload: bytes) -> None:
        answer = streams(b"data: " + payload + b"\n\n")

        assert isinstance(await refusal(engine, answer), NotAnEngineError)


class TestStreamWithoutText:
    @pytest.mark.parametrize(
        ("pieces", "kind"),
        [
            ((error_event(503), DONE), EngineBusyError),
            ((ROLE, error_event(503), DONE), EngineBusyError),
            ((ROLE + error_event(500) + DONE,), EngineFaultError),
            ((error_event(400), DONE), BadRequestError),
            ((ROLE, finish("abort"), DONE), EngineFaultError),
            ((ROLE,), EngineUnreachableError),
            ((ROLE, DONE), EngineUnreachableError),
            ((), EngineUnreachableError),
            ((ROLE, httpx2.ReadError("reset")), EngineUnreachableError),
            ((ROLE, httpx2.ReadTimeout("silent")), EngineTimeoutError),
        ],
    )
    async def test_is_raised_as_what_it_is(
        self, engine: ScriptedEngine, pieces: tuple[Piece, ...], kind: type[EngineError]
    ) -> None:
        engine.enqueue(streams(*pieces))

        with pytest.raises(kind):
            await engine.client().open(MODEL, ASKED, Sampling())

    async def test_an_error_event_without_a_code_is_a_fault(self, engine: ScriptedEngine) -> None:
        engine.enqueue(streams(b'data: {"error": "something broke"}\n\n'))

        with pytest.raises(EngineFaultError):
            await engine.client().open(MODEL, ASKED, Sampling())


class TestNoAnswer:
    @pytest.mark.parametrize(
        "failure", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("no route")]
    )
    async def test_of_a_host_that_is_not_there(
        self, engine: ScriptedEngine, failure: Exception
    ) -> None:
        assert isinstance(await refusal(engine, failure), EngineUnreachableError)

    async def test_of_a_name_that_does_not_resolve_is_final(self, engine: ScriptedEngine) -> None:
        error = await refusal(engine, unresolved())

        assert isinstance(error, EngineHostUnknownError)
        assert not error.retryable

    async def test_of_a_name_that_did_resolve_may_pass(self, engine: ScriptedEngine) -> None:
        client = engine.client()
        engine.enqueue(streams(text("a"), finish()))
        await batches(await client.open(MODEL, ASKED, Sampling()))

        error = await refusal(engine, unresolved(), client)

        assert isinstance(error, EngineUnreachableError)

    @pytest.mark.parametrize("pieces", [(), (ROLE,)], ids=["no byte", "no text"])
    async def test_in_time(self, engine: ScriptedEngine, pieces: tuple[bytes, ...]) -> None:
        client = engine.client(first_token_timeout_seconds=0.01)

        error = await refusal(engine, streams(*pieces, asyncio.Event()), client)

        assert isinstance(error, EngineTimeoutError)
        assert error.values == {"timeout_seconds": 0.01}

    async def test_in_the_time_that_is_left(self, engine: ScriptedEngine) -> None:
        engine.enqueue(streams(asyncio.Event()))

        with pytest.raises(EngineTimeoutError):
            await engine.client().open(MODEL, ASKED, Sampling(), seconds_left=0.01)


def unresolved() -> httpx2.ConnectError:
    error = httpx2.ConnectError("no address")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    return error
