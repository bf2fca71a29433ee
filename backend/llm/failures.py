"""Whatever goes wrong on the way to the engine, as one of `backend.errors`.

The text of each error is a cause for the log: a status, or the name of an exception. Bodies are
read for the few facts that sentences need and never repeated, because engines echo prompts and
keys in them.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2
import openai

from backend.errors import (
    BadRequestError,
    ContextOverflowError,
    EngineBusyError,
    EngineError,
    EngineFaultError,
    EngineHostUnknownError,
    EngineTimeoutError,
    EngineUnauthorizedError,
    EngineUnreachableError,
    ModelNotFoundError,
    NotAnEngineError,
    Value,
)

FAILURES = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)
"""What the client and its transports raise; anything else is a defect of ours."""

BUSY_STATUSES = frozenset({408, 409, 425, 429, 503})

# vLLM 0.32: vllm/renderers/params.py, vllm/entrypoints/serve/engine/serving.py
_LIMIT = re.compile(r"maximum context length is (\d+) tokens")
# not "at least 4097 input tokens": vLLM stops counting one above its limit
_NUM_TOKENS = re.compile(r"(?:contains|requested|resulted in) (\d+) (?:input )?tokens")
_SERVED = re.compile(r"Valid aliases: (.+?)\.?\s*$")


def of(failure: Exception, *, model: str = "") -> EngineError:
    """The error for what one of `FAILURES` says; `model` is the name that was asked for."""
    if isinstance(failure, openai.APIStatusError):
        return _of_response(failure, model)
    causes = tuple(_causes(failure))

    def is_due_to(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    name = type(causes[-1]).__name__
    if is_due_to(socket.gaierror):
        return EngineHostUnknownError(name)
    if is_due_to(httpx2.ConnectTimeout):  # openai's aiohttp transport says so of a refusal too
        return EngineUnreachableError(name)
    if is_due_to(httpx2.TimeoutException, openai.APITimeoutError):
        return EngineTimeoutError(name)
    if is_due_to(aiohttp.ClientResponseError):
        return NotAnEngineError("the answer is no HTTP")
    return EngineUnreachableError(name)


def of_event(error: object) -> EngineError:
    """The error for the `error` object of an event inside a stream."""
    code = str(error.get("code")) if isinstance(error, Mapping) else ""
    status = int(code) if code.isdecimal() else 500
    cause = f"error event, code {status}"
    return _passing(status, cause) or _final(status, cause, message=_message(error))


def _of_response(failure: openai.APIStatusError, model: str) -> EngineError:
    status, headers = failure.status_code, failure.response.headers
    cause = f"HTTP {status}"
    is_html = "html" in headers.get("content-type", "")
    if not (is_html and status == 501):  # what a file server answers to a POST
        passing = _passing(status, cause, retry_after_seconds=_retry_after_seconds(headers))
        if passing is not None:
            return passing
    return _final(status, cause, message=_message(failure.body), model=model, is_html=is_html)


def _passing(
    status: int, cause: str, *, retry_after_seconds: float | None = None
) -> EngineError | None:
    if status in BUSY_STATUSES:
        return EngineBusyError(cause, retry_after_seconds=retry_after_seconds, status=status)
    return EngineFaultError(cause, status=status) if status >= 500 else None


def _final(
    status: int, cause: str, *, message: str, model: str = "", is_html: bool = False
) -> EngineError:
    if status in (401, 403):
        return EngineUnauthorizedError(cause, status=status)
    if is_html or status < 400:
        return NotAnEngineError(cause)
    if status == 404 and message:
        return ModelNotFoundError(cause, model=model, served=_served(message))
    if status in (404, 405):
        return NotAnEngineError(cause)
    if _LIMIT.search(message):
        return ContextOverflowError(cause, **_overflow(message))
    return BadRequestError(cause, status=status)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__  # httpcore links them either way


def _message(error: object) -> str:
    """What an error object says; empty where it is none of an OpenAI-compatible API."""
    message = error.get("message") if isinstance(error, Mapping) else None
    return message if isinstance(message, str) else ""


def _served(message: str) -> tuple[str, ...]:
    served = _SERVED.search(message)
    return tuple(served[1].split(", ")) if served else ()


def _overflow(message: str) -> dict[str, Value]:
    """The numbers of the engine's sentence; one that it does not give is left out."""
    found = {"num_tokens": _NUM_TOKENS.search(message), "limit_tokens": _LIMIT.search(message)}
    return {name: int(match[1]) for name, match in found.items() if match}


def _retry_after_seconds(headers: httpx2.Headers) -> float | None:
    """`Retry-After` (RFC 9110, 10.2.3): seconds, or a date, counted from the answer's own date."""
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None
