"""What is sent to the engine."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from backend.llm.client import EngineClient, Sampling
from tests.contract.engine import (
    ASKED,
    BASE_URL,
    MODEL,
    ScriptedEngine,
    batches,
    finish,
    streams,
    text,
)


async def ask(
    engine: ScriptedEngine,
    sampling: Sampling | None = None,
    *,
    client: EngineClient | None = None,
    request_id: str | None = None,
    continue_last: bool = False,
) -> None:
    engine.enqueue(streams(text("a"), finish()))
    stream = await (client or engine.client()).open(
        MODEL,
        ASKED,
        sampling or Sampling(),
        request_id=request_id,
        continue_last=continue_last,
    )
    await batches(stream)


async def test_a_streamed_chat_completion_with_usage(engine: ScriptedEngine) -> None:
    await ask(engine)

    assert str(engine.requests[0].url) == f"{BASE_URL}/chat/completions"
    assert engine.asked == {
        "model": MODEL,
        "messages": ASKED,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_only_the_sampling_parameters_that_are_set(engine: ScriptedEngine) -> None:
    await ask(engine, Sampling(temperature=0.0, top_k=20, max_tokens=64, stop=("\n",)))

    sent = {"temperature": 0.0, "top_k": 20, "max_tokens": 64, "stop": ["\n"]}
    assert {name: engine.asked[name] for name in sent} == sent
    assert not {"top_p", "seed"} & engine.asked.keys()


async def test_nothing_that_a_persons_environment_has_for_openai(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-elsewhere")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-elsewhere")
    await ask(engine)

    assert "elsewhere" not in str(engine.requests[0].headers.raw)


async def test_continuing_goes_on_with_the_last_message(engine: ScriptedEngine) -> None:
    await ask(engine, continue_last=True)

    assert engine.asked["continue_final_message"] is True
    assert engine.asked["add_generation_prompt"] is False


async def test_the_request_id(engine: ScriptedEngine) -> None:
    await ask(engine, request_id="turn-7")

    assert engine.requests[0].headers["x-request-id"] == "turn-7"


async def test_the_key_is_the_bearer_token(engine: ScriptedEngine) -> None:
    await ask(engine, client=engine.client(api_key="k3y"))

    assert engine.requests[0].headers["authorization"] == "Bearer k3y"


async def test_a_secret_key_is_sent_as_it_is(engine: ScriptedEngine) -> None:
    await ask(engine, client=engine.client(api_key=SecretStr("k3y")))

    assert engine.requests[0].headers["authorization"] == "Bearer k3y"
