from __future__ import annotations

import httpx2
import pytest

from backend.readiness.load import EngineLoad

METRICS = """\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 1.0
"""


async def count(answer: httpx2.Response | Exception) -> int | None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        assert request.url == "http://engine:8001/metrics"
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    async with client:
        return await EngineLoad("http://engine:8001/v1", client).count_requests()


async def test_it_counts_what_runs_and_what_waits_on_all_engines() -> None:
    assert await count(httpx2.Response(200, text=METRICS)) == 6


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, text="not found"),
        httpx2.Response(200, text="<html>"),
        httpx2.ConnectError("refused"),
    ],
)
async def test_an_engine_that_does_not_say_is_not_known(answer: httpx2.Response) -> None:
    assert await count(answer) is None
