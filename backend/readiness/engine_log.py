"""The engine's command and the end of its log, with nothing in them that names a person or a place.

The launcher has masked the secrets already; here home folders and other hosts go as well.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from backend.readiness.status import StatusReport

HOME, HOST = "~", "<host>"

_HOMES = re.compile(r"(?:/root|/(?:home|Users)/[^/\s'\"]+)(?![^/\s'\",:;)\]])")
_URL_HOSTS = re.compile(r"(?<=://)(?:[^/\s@'\"]*@)?(?!localhost\b|127\.|\[::1\])[^/\s'\",)]+")
_IPV4 = re.compile(r"(?<![\d.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


@dataclass(frozen=True, slots=True)
class EngineLog:
    """vLLM's command and the last lines of its log, oldest first."""

    command: str
    lines: tuple[str, ...]


def engine_log(report: StatusReport | None) -> EngineLog | None:
    """What there is to read of an engine; `None` while its launcher says nothing."""
    if report is None:
        return None
    command = hide_places(shlex.join(report.command))
    return EngineLog(command, tuple(hide_places(line) for line in report.log_tail))


def hide_places(text: str) -> str:
    """The text without home folders, and without hosts other than this machine."""
    text = _HOMES.sub(HOME, text)
    text = _URL_HOSTS.sub(HOST, text)
    return _IPV4.sub(HOST, text)
