"""The HTTP client of the probes: no proxy for what is near, a connection of its own a request."""

from __future__ import annotations

from ipaddress import ip_address

import httpx2

PRIVATE_SUFFIXES = (".localhost", ".local", ".internal")  # RFC 6761, RFC 6762, ICANN 2024


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


def is_near(url: str) -> bool:
    """Whether the URL's host is loopback, private or a single label: no proxy leads there."""
    host = httpx2.URL(url).host.rstrip(".")
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_SUFFIXES)
