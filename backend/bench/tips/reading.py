"""What an engine says of itself, asked without a proxy."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from backend.bench.completion import Address

ANSWER_SECONDS = 120.0  # a text's log probabilities on a busy processor
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def read(address: Address, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """What the engine answers: JSON, or text where it is none.

    Raises:
        OSError: it does not answer, or not with 200, or what it answers is no HTTP.
    """
    request = urllib.request.Request(
        address.root_url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    if address.key:
        request.add_header("Authorization", f"Bearer {address.key}")
    try:
        with _DIRECTLY.open(request, timeout=ANSWER_SECONDS) as response:
            text = response.read().decode(errors="replace")
    except HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    try:
        return json.loads(text)
    except ValueError:
        return text


def metric(address: Address, name: str) -> float | None:
    """The sum of a Prometheus metric over its labels; `None` where the engine has none."""
    try:
        text = str(read(address, "/metrics"))
    except OSError:
        return None
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines) if lines else None
