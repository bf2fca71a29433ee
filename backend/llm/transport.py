"""The HTTP client under the engine client: pool, proxies, time-outs.

It is openai's own aiohttp transport, which costs little more than half of httpx2's a streamed
chunk. Any other `httpx2.AsyncClient` can take its place.
"""

from __future__ import annotations

import httpx2
import openai

from backend.network import is_near

MAX_CONNECTIONS = 4096  # a stream holds one; waiting for one would be a queue that nobody sees
KEEPALIVE_SECONDS = 3.0  # shorter than vLLM's 5 s, or a request could meet a closing connection
CONNECT_TIMEOUT_SECONDS = 5.0


def http_client_for(base_url: str) -> httpx2.AsyncClient:
    """A client for one engine; whoever asks for it closes it.

    `HTTP_PROXY` and its like hold only for an engine that is not near; `SSL_CERT_FILE` holds.
    """
    return openai.DefaultAioHttpClient(
        verify=httpx2.create_ssl_context(),
        trust_env=not is_near(base_url),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS),
        follow_redirects=False,
    )


def timeouts(silence_seconds: float) -> httpx2.Timeout:
    """Time-outs of one request; `silence_seconds` without a byte end it."""
    return httpx2.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS, read=silence_seconds)
