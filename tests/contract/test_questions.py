"""What else the engine is asked: how long a prompt is."""

from __future__ import annotations

import httpx2
import pytest

from backend.llm.tokens import count_num_tokens
from tests.contract.engine import ASKED, MODEL, ScriptedEngine


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
