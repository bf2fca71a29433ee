"""What else the engine is asked: the models that it serves, and how long a prompt is."""

from __future__ import annotations

import httpx2
import pytest

from backend.errors import EngineUnauthorizedError, NotAnEngineError
from backend.llm.models import ServedModel, list_models
from backend.llm.tokens import count_num_tokens
from tests.contract.engine import ASKED, MODEL, ScriptedEngine, refuses


class TestModels:
    async def test_are_named_with_their_context_where_the_engine_tells_it(
        self, engine: ScriptedEngine
    ) -> None:
        cards = [{"id": "a", "max_model_len": 4096}, {"id": "b"}]
        engine.enqueue(httpx2.Response(200, json={"object": "list", "data": cards}))

        assert await list_models(engine.client()) == [
            ServedModel("a", 4096),
            ServedModel("b", None),
        ]
        assert engine.requests[0].url.path == "/v1/models"

    @pytest.mark.parametrize(
        "answer",
        [
            httpx2.Response(200, json=["a"]),
            httpx2.Response(200, json={"models": []}),
            httpx2.Response(200, html="<!doctype html>"),
            httpx2.Response(200, content=b"{broken", headers={"Content-Type": "application/json"}),
        ],
        ids=["list", "other object", "html", "broken"],
    )
    async def test_of_something_that_lists_none(
        self, engine: ScriptedEngine, answer: httpx2.Response
    ) -> None:
        engine.enqueue(answer)

        with pytest.raises(NotAnEngineError):
            await list_models(engine.client())

    async def test_are_not_listed_to_a_wrong_key(self, engine: ScriptedEngine) -> None:
        engine.enqueue(refuses(401))

        with pytest.raises(EngineUnauthorizedError):
            await list_models(engine.client())


class TestTokens:
    async def test_are_counted_by_the_engine_at_its_root(self, engine: ScriptedEngine) -> None:
        engine.enqueue(httpx2.Response(200, json={"count": 31, "max_model_len": 4096}))

        assert await count_num_tokens(engine.client(), MODEL, ASKED) == 31
        assert engine.requests[0].url.path == "/tokenize"
        assert engine.asked == {"model": MODEL, "messages": ASKED}

    @pytest.mark.parametrize(
        "answer",
        [
            httpx2.Response(404, json={"detail": "Not Found"}),
            httpx2.Response(200, json={"tokens": []}),
            httpx2.Response(200, json=[]),
            httpx2.ConnectError("refused"),
        ],
        ids=["no such path", "no count", "list", "refused"],
    )
    async def test_are_unknown_where_the_engine_does_not_count(
        self, engine: ScriptedEngine, answer: httpx2.Response | Exception
    ) -> None:
        engine.enqueue(answer)

        assert await count_num_tokens(engine.client(), MODEL, ASKED) is None
