"""The HTTP client under the engine client: pool, proxies, time-outs.

Any other `httpx2.AsyncClient` can take its place; its streams are then read chunk by chunk.
"""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx2

from backend.llm.paced import Pace, PacedTransport
from backend.network import is_near

MAX_CONNECTIONS = 4096  # a stream holds one; waiting for one would be a queue that nobody sees
KEEPALIVE_SECONDS = 3.0  # shorter than vLLM's 5 s, or a request could meet a closing connection
CONNECT_TIMEOUT_SECONDS = 5.0


def http_client_for(base_url: str, pace: Pace | None = None) -> httpx2.AsyncClient:
    """A client for one engine; whoever asks for it closes it.

    `HTTP_PROXY` and its like hold only for an engine that is not near; `SSL_CERT_FILE` holds.

    Args:
        base_url: the engine's.
        pace: reads the streams; without one they are read chunk by chunk.
    """
    transport = PacedTransport(
        pace,
        ssl_context=httpx2.create_ssl_context(),
        proxy=proxy_for(base_url),
        max_connections=MAX_CONNECTIONS,
        keepalive_seconds=KEEPALIVE_SECONDS,
    )
    return httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for a URL; `None` for a near one, or one excepted."""
    url = httpx2.URL(base_url)
    if is_near(base_url) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def timeouts(silence_seconds: float) -> httpx2.Timeout:
    """Time-outs of one request; `silence_seconds` without a byte end it."""
    return httpx2.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS, read=silence_seconds)
