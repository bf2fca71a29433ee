"""How many requests the engine has, whoever sent them: vLLM's own gauges."""

from __future__ import annotations

import asyncio
import re

import httpx2

from backend.readiness.timing import Sleep, within

# `vllm:num_requests_running{engine="0",model_name="…"} 3.0`: one line for each engine
_GAUGES = re.compile(r"^vllm:num_requests_(?:running|waiting)(?:\{.*\})? ([\d.e+]+)$", re.MULTILINE)


class EngineLoad:
    """Counts one engine's requests.

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

    async def count_requests(self) -> int | None:
        """Requests in work or waiting; `None` where the engine does not say."""
        try:
            asking = self._client.get(self._url)
            response = await within(self._timeout_seconds, asking, self._sleep)
        except (TimeoutError, httpx2.HTTPError):
            return None
        gauges = _GAUGES.findall(response.text)
        return sum(round(float(gauge)) for gauge in gauges) if gauges else None
