"""What vLLM says at `/metrics`: requests, tokens, caches (`vllm/v1/metrics/loggers.py`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from backend.readiness.timing import Sleep, within

_RUNNING = "vllm:num_requests_running"
_WAITING = "vllm:num_requests_waiting"
_GENERATED = "vllm:generation_tokens_total"
_KV_CACHE = "vllm:kv_cache_usage_perc"  # a share, whatever it is called
_PREFIX_QUERIES = "vllm:prefix_cache_queries_total"
_PREFIX_HITS = "vllm:prefix_cache_hits_total"
_READ = (_RUNNING, _WAITING, _GENERATED, _KV_CACHE, _PREFIX_QUERIES, _PREFIX_HITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineNumbers:
    """One look at the engine, all its ranks together; `None` is what it does not say.

    Attributes:
        num_running: requests in work.
        num_waiting: requests in its queue.
        num_generated: tokens since its start.
        kv_cache_usage: share of the KV cache in use, 0..1; the mean of several ranks.
        num_prefix_queries: prompt tokens looked for in the prefix cache since its start.
        num_prefix_hits: those of them that were there.
    """

    num_running: int
    num_waiting: int
    num_generated: float | None = None
    kv_cache_usage: float | None = None
    num_prefix_queries: float | None = None
    num_prefix_hits: float | None = None


class EngineMetrics:
    """Reads one engine's metrics.

    Args:
        base_url: OpenAI-compatible base URL, with or without `/v1` and a last slash.
        client: sends the requests (`http.client_for`).
        timeout_seconds: how long a look may take in all.
        sleep: waits seconds.
    """

    def __init__(
        self,
        base_url: str,
        client: httpx2.AsyncClient,
        *,
        timeout_seconds: float = 1.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._url = f"{base_url.rstrip('/').removesuffix('/v1').rstrip('/')}/metrics"
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._sleep = sleep

    async def read(self) -> EngineNumbers | None:
        """What it says now; `None` where it says nothing that vLLM would."""
        try:
            asking = self._client.get(self._url)
            response = await within(self._timeout_seconds, asking, self._sleep)
        except (TimeoutError, httpx2.HTTPError):
            return None
        try:
            return _numbers(response.text)
        except ValueError:
            return None

    async def count_requests(self) -> int | None:
        """Requests in work or waiting, whoever sent them; `None` where the engine does not say."""
        numbers = await self.read()
        return None if numbers is None else numbers.num_running + numbers.num_waiting


def _numbers(exposition: str) -> EngineNumbers | None:
    """Of 1,000 lines ten are parsed.

    Raises:
        ValueError: one of them is not Prometheus' text format.
    """
    lines = [line for line in exposition.splitlines() if line.startswith(_READ)]
    values: dict[str, list[float]] = {}
    for family in text_string_to_metric_families("\n".join(lines) + "\n"):
        for sample in family.samples:
            values.setdefault(sample.name, []).append(sample.value)
    if not (values.get(_RUNNING) or values.get(_WAITING)):
        return None
    totals = {name: sum(of_ranks) for name, of_ranks in values.items()}
    usage = values.get(_KV_CACHE)
    return EngineNumbers(
        num_running=round(totals.get(_RUNNING, 0)),
        num_waiting=round(totals.get(_WAITING, 0)),
        num_generated=totals.get(_GENERATED),
        kv_cache_usage=sum(usage) / len(usage) if usage else None,
        num_prefix_queries=totals.get(_PREFIX_QUERIES),
        num_prefix_hits=totals.get(_PREFIX_HITS),
    )
