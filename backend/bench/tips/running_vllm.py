"""What is known of a vLLM that runs already, at a URL."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from backend.bench.completion import Address
from backend.bench.tips.reading import read

_BLOCK_SIZE = re.compile(r'^vllm:cache_config_info\{(?:.*,)?block_size="(\d+)"', re.MULTILINE)
_BLOCK_SIZE_OF_CPU = "128"


class NotVllmError(Exception):
    """What answers at a URL is no vLLM; `str()` is a sentence."""


def find_running(url: str, key: str | None) -> tuple[Address, dict[str, Any], str]:
    """Where the engine at a URL is, what its only model's entry says, and its version.

    Args:
        url: with or without `/v1`.
        key: that it asks for.

    Raises:
        NotVllmError: nobody answers there, or not a vLLM.
    """
    root = url.rstrip("/").removesuffix("/v1")
    address = Address(root, key)
    try:
        models, version = read(address, "/v1/models"), read(address, "/version")
        model = next(model for model in models["data"] if not model.get("parent"))
        return address, dict(model), str(version["version"])
    except (OSError, ValueError, TypeError, KeyError, StopIteration) as error:
        raise NotVllmError(
            f"{url} is no vLLM that can be measured ({_why(error)}): name the URL of a running "
            "vLLM, such as http://127.0.0.1:8001/v1, with OPENAI_API_KEY set if it asks for a key."
        ) from error


def host_of(url: str) -> str:
    """The URL's host; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine by its name."""
    host = host_of(url)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def runs_on_card(address: Address) -> bool:
    """Whether the engine says so: vLLM's blocks hold 128 tokens on a processor, fewer on cards.

    One that does not tell is taken for a processor, whose smaller loads a card can take as well.
    """
    try:
        found = _BLOCK_SIZE.search(str(read(address, "/metrics")))
    except OSError:
        return False
    return found is not None and found[1] != _BLOCK_SIZE_OF_CPU


def _why(error: Exception) -> str:
    if isinstance(error, OSError | ValueError):
        return " ".join(str(error).split())[:120]
    return "it answers, but /v1/models and /version are not those of vLLM"
