"""What the launcher says of the engine's start (`GET /status`): it explains, and decides nothing.

Read tolerantly: it may be another version's page, or no launcher at all.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from backend.readiness.gate import Download, Phase, Problem, Slow
from backend.readiness.timing import Sleep, within

CHAT_PHASES = frozenset({Phase.WARMING_UP, Phase.READY, Phase.LOST})
"""Phases that the chat alone can know: a launcher that says one is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """The launcher's page, each field `None` or empty where it is missing or odd.

    `progress` is 0..1 of the whole start; `max_num_seqs` the most requests that run at once;
    `num_jit_compilations` the kernels that vLLM compiled while it generated.
    """

    phase: Phase | None = None
    progress: float | None = None
    eta_seconds: float | None = None
    elapsed_seconds: float | None = None
    detail: str = ""
    problem: Problem | None = None
    max_num_seqs: int | None = None
    num_jit_compilations: int | None = None
    fraction: float | None = None
    slow: Slow | None = None
    download: Download | None = None
    log_tail: tuple[str, ...] = ()
    profile: str = ""
    command: tuple[str, ...] = ()
    hardware: Mapping[str, Any] = field(default_factory=dict)
    flag_reasons: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_set_up(self) -> bool:
        """Whether it is set-up's page, which is there before the launcher's and has no command."""
        return not self.command


class StatusPage:
    """Reads one launcher's page.

    Args:
        url: where it is; `None` where there is no launcher.
        client: sends the requests (`http.client_for`).
        timeout_seconds: how long a request may take in all.
        sleep: waits seconds.
    """

    def __init__(
        self,
        url: str | None,
        client: httpx2.AsyncClient,
        *,
        timeout_seconds: float = 2.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._url = url
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._sleep = sleep

    async def read(self) -> StatusReport | None:
        """The report now; `None` where there is no launcher, or no answer of one."""
        if self._url is None:
            return None
        try:
            asking = self._client.get(self._url)
            response = await within(self._timeout_seconds, asking, self._sleep)
            body = response.json() if response.status_code == httpx2.codes.OK else None
        except (TimeoutError, httpx2.HTTPError, ValueError, RecursionError):
            return None
        return parse(body) if isinstance(body, dict) else None


def parse(body: Mapping[str, Any]) -> StatusReport:
    """The report in a page's JSON; what is unknown, missing or of a wrong type is left out."""
    progress = _number(body.get("progress"))
    return StatusReport(
        phase=_phase(body.get("phase")),
        progress=None if progress is None else min(progress, 1.0),
        eta_seconds=_number(body.get("eta_seconds")),
        elapsed_seconds=_number(body.get("elapsed_seconds")),
        detail=_text(body.get("detail")),
        problem=_problem(body.get("problem")),
        max_num_seqs=_positive(body.get("max_num_seqs")),
        num_jit_compilations=_count(body.get("num_jit_compilations")),
        fraction=_number(body.get("fraction")),
        slow=_slow(body.get("slow")),
        download=_download(body.get("download")),
        log_tail=_lines(body.get("log_tail")),
        profile=_text(body.get("profile")),
        command=_lines(body.get("command")),
        hardware=_mapping(body.get("hardware")),
        flag_reasons=_mapping(body.get("flag_reasons")),
    )


def _phase(value: object) -> Phase | None:
    return next((phase for phase in Phase if phase == value and phase not in CHAT_PHASES), None)


def _problem(value: object) -> Problem | None:
    if not isinstance(value, dict):
        return None
    return Problem(
        kind=_text(value.get("kind")) or "engine_failed",
        message=_text(value.get("message")),
        advice=_text(value.get("advice")),
    )


def _slow(value: object) -> Slow | None:
    times = _number(value.get("times")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or times is None:
        return None
    return Slow(times=times, activity=_text(value.get("activity")))


def _download(value: object) -> Download | None:
    done_bytes = _count(value.get("done_bytes")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or done_bytes is None:
        return None
    return Download(
        done_bytes=done_bytes,
        total_bytes=_positive(value.get("total_bytes")),
        bytes_per_second=_number(value.get("bytes_per_second")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return max(number, 0.0) if math.isfinite(number) else None


def _count(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _positive(value: object) -> int | None:
    return _count(value) or None


def _lines(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(filter(None, map(_text, value))) if isinstance(value, list) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
