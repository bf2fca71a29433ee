"""`python -m backend.container.healthcheck URL`: whether a server of this container answers 200.

Runs in the engine's container too, so with the standard library alone. No proxy stands between a
container and itself, and images promise no curl.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 3.0


def is_healthy(url: str) -> bool:
    """Whether GET of an http:// URL answers 200 in time."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_healthy(sys.argv[1]))
