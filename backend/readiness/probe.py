"""One look at the engine from outside: does it answer, and does it serve the model?

vLLM's `/v1/models` stays 200 while its engine is dead, and `/health` knows no model: both are
asked, each time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import httpx2

from backend.errors import Value
from backend.readiness.timing import Sleep, within

Kind = Literal[
    "engine_unreachable",
    "engine_timeout",
    "engine_unhealthy",
    "no_model_yet",
    "engine_host_unknown",
    "engine_unauthorized",
    "not_an_engine",
    "model_not_found",
    "several_models",
]

MISTAKES: frozenset[Kind] = frozenset(
    {
        "engine_host_unknown",
        "engine_unauthorized",
        "not_an_engine",
        "model_not_found",
        "several_models",
    }
)
"""Kinds of silence that waiting does not cure: a setting is wrong."""

PASSING_STATUSES = frozenset({408, 425, 429})  # and every 5xx: a proxy whose engine is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The engine answers and serves the model. `max_model_len` is in tokens."""

    model: str
    max_model_len: int | None
    served: tuple[str, ...]

    def is_same_engine(self, other: Serving) -> bool:
        """Whether what was warmed up for `other` holds for this one."""
        return (self.model, self.max_model_len) == (other.model, other.max_model_len)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The engine does not serve the model. `values` may be shown, `cause` is for the log alone."""

    kind: Kind
    values: dict[str, Value] = field(default_factory=dict)
    cause: str = ""


Sighting = Serving | Silent
_Served = dict[str, int | None]  # name -> max_model_len


class Probe:
    """Looks at one engine.

    Args:
        base_url: OpenAI-compatible base URL, with or without `/v1` and a last slash.
        client: sends the requests (`http.client_for`).
        api_key: the bearer token.
        model_wanted: served model name, case-sensitive; `None` takes the only one there is.
        timeout_seconds: how long each request may take in all.
        sleep: waits seconds.

    Raises:
        httpx2.InvalidURL: `base_url` is no URL.
    """

    def __init__(
        self,
        base_url: str,
        client: httpx2.AsyncClient,
        *,
        api_key: str | None = None,
        model_wanted: str | None = None,
        timeout_seconds: float = 3.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        root = base_url.rstrip("/").removesuffix("/v1").rstrip("/")
        self._health_url = httpx2.URL(f"{root}/health")
        self._models_url = httpx2.URL(f"{root}/v1/models")
        self._client = client
        self._headers = {} if api_key is None else {b"Authorization": f"Bearer {api_key}".encode()}
        self._model_wanted = model_wanted
        self._timeout_seconds = timeout_seconds
        self._sleep = sleep

    async def look(self) -> Sighting:
        """What the engine answers now. Takes at most the time-out; raises nothing expected."""
        health, models = await asyncio.gather(
            self._get(self._health_url), self._get(self._models_url)
        )
        if isinstance(health, Silent):
            return health
        if isinstance(models, Silent):
            return models
        return self._choose(_served_models(models))

    async def _get(self, url: httpx2.URL) -> httpx2.Response | Silent:
        try:
            asking = self._client.get(url, headers=self._headers)
            response = await within(self._timeout_seconds, asking, self._sleep)
        except (TimeoutError, httpx2.TimeoutException):
            return Silent(kind="engine_timeout", cause=f"{self._timeout_seconds:g} s")
        except httpx2.HTTPError as error:
            return _unanswered(error, url.host)
        return _refused(response) or response

    def _choose(self, served: _Served | None) -> Sighting:
        if served is None:
            return Silent(
                kind="not_an_engine", cause="WARMLINE_ENGINE_URL: /v1/models holds no model list"
            )
        if not served:
            return Silent(kind="no_model_yet", cause="/v1/models is empty")
        names = tuple(served)
        wanted = self._model_wanted
        if wanted is None and len(names) > 1:
            return Silent(
                kind="several_models",
                values={"served": names},
                cause=f"WARMLINE_MODEL is not set, and {names} are served",
            )
        model = names[0] if wanted is None else wanted
        if model not in served:
            return Silent(
                kind="model_not_found",
                values={"served": names},
                cause=f"WARMLINE_MODEL is {model!r}, and {names} are served",
            )
        return Serving(model=model, max_model_len=served[model], served=names)


def _unanswered(error: httpx2.HTTPError, host: str) -> Silent:
    """An exchange without an answer. The text of the error may hold the key: it is not used."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Silent(
            kind="engine_host_unknown", cause=f"WARMLINE_ENGINE_URL: no address for {host!r}"
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Silent(
            kind="not_an_engine", cause=f"WARMLINE_ENGINE_URL: {type(causes[-1]).__name__}"
        )
    if isinstance(error, httpx2.UnsupportedProtocol):
        return Silent(kind="not_an_engine", cause="WARMLINE_ENGINE_URL is no http(s) URL")
    if isinstance(error, httpx2.LocalProtocolError):
        return Silent(
            kind="engine_unauthorized", cause="WARMLINE_ENGINE_API_KEY cannot be sent in a header"
        )
    return Silent(kind="engine_unreachable", cause=type(causes[-1]).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _refused(response: httpx2.Response) -> Silent | None:
    status, where = response.status_code, response.url.path
    values: dict[str, Value] = {"status": status}
    if status == httpx2.codes.OK:
        return None
    if status in (401, 403):
        cause = f"WARMLINE_ENGINE_API_KEY: {where} answers {status}"
        return Silent(kind="engine_unauthorized", values=values, cause=cause)
    if status >= 500 or status in PASSING_STATUSES:
        return Silent(kind="engine_unhealthy", values=values, cause=f"{where} answers {status}")
    cause = f"WARMLINE_ENGINE_URL: {where} answers {status}"
    return Silent(kind="not_an_engine", values=values, cause=cause)


def _served_models(response: httpx2.Response) -> _Served | None:
    """The names in the body of `/v1/models` and how long their context is; None if it is odd."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    cards = body.get("data") if isinstance(body, dict) else None
    if not isinstance(cards, list):
        return None
    return {
        card["id"]: _positive(card.get("max_model_len"))
        for card in cards
        if isinstance(card, dict) and isinstance(card.get("id"), str)
    }


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 and value is not True else None
