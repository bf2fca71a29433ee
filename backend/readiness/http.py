"""The HTTP client of the probes: no proxy for what is near, a connection of its own a request."""

from __future__ import annotations

import httpx2

from backend.network import is_near


def client_for(
    url: str | None, *, transport: httpx2.AsyncBaseTransport | None = None
) -> httpx2.AsyncClient:
    """A client for one server; whoever asks for it closes it.

    `HTTP_PROXY` and its like hold only for a server that is not near. No connection is kept
    alive: a server that drains answers on old connections and refuses new ones, and a person who
    comes now gets a new one.
    """
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=url is not None and not is_near(url),
        limits=httpx2.Limits(max_keepalive_connections=0),
    )
