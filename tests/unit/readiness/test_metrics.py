from __future__ import annotations

import httpx2
import pytest

from backend.readiness.metrics import EngineMetrics, EngineNumbers

METRICS = """\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 1.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{engine="0",model_name="m"} 1200.0
vllm:generation_tokens_total{engine="1",model_name="m"} 34.0
vllm:generation_tokens_created{engine="0",model_name="m"} 1.7e+09
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1.0e+06
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 610000.0
"""
ALL_NUMBERS = EngineNumbers(
    num_running=5,
    num_waiting=1,
    num_generated=1234.0,
    kv_cache_usage=0.5,
    num_prefix_queries=1e6,
    num_prefix_hits=610_000.0,
)
NOT_VLLM = [
    httpx2.Response(404, text="not found"),
    httpx2.Response(200, text="<html>"),
    httpx2.Response(200, text="vllm:num_requests_running{ what is this"),
    httpx2.ConnectError("refused"),
]


def metrics_of(answer: httpx2.Response | Exception) -> EngineMetrics:
    def handle(request: httpx2.Request) -> httpx2.Response:
        assert request.url == "http://engine:8001/metrics"
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    return EngineMetrics("http://engine:8001/v1", client)


async def test_it_reads_what_all_ranks_say() -> None:
    assert await metrics_of(httpx2.Response(200, text=METRICS)).read() == ALL_NUMBERS


async def test_it_counts_what_runs_and_what_waits() -> None:
    assert await metrics_of(httpx2.Response(200, text=METRICS)).count_requests() == 6


async def test_what_is_not_said_is_not_known() -> None:
    answer = httpx2.Response(200, text="vllm:num_requests_running 2.0\n")
    assert await metrics_of(answer).read() == EngineNumbers(num_running=2, num_waiting=0)


@pytest.mark.parametrize("answer", NOT_VLLM)
async def test_what_is_not_vllm_says_nothing(answer: httpx2.Response | Exception) -> None:
    assert await metrics_of(answer).read() is None
    assert await metrics_of(answer).count_requests() is None
