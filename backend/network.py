"""Which servers are near, so that no proxy leads to them, and how a page's connection is named."""

from __future__ import annotations

from ipaddress import ip_address

import httpx2

WRITE_NOW = "warmline.write_now"
"""ASGI extension of a page's connection: sends a text at once (`backend/web/websocket`)."""

NEAR_SUFFIXES = (".localhost", ".local", ".internal")  # RFC 6761, RFC 6762, ICANN 2024


def is_near(url: str) -> bool:
    """Whether the URL's host is loopback, private or a single label.

    Raises:
        httpx2.InvalidURL: it is no URL.
    """
    host = httpx2.URL(url).host.rstrip(".")
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(NEAR_SUFFIXES)
