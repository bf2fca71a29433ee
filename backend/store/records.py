"""What the store hands out: frozen values, times aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

WRITING = "writing"
Json = dict[str, Any]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose threads they are, and who asks: every method takes one."""

    id: str
    identifier: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A thumb and maybe a comment on a reply."""

    thumb_up: bool
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One message of a thread.

    `outcome` and `numbers` are a reply's. The outcome is `writing` while a process writes it
    (`text` is then what was stored so far), `interrupted` once that process is dead, and
    otherwise what the writer said at the end.
    """

    id: str
    position: int
    role: Role
    text: str
    outcome: str | None
    numbers: Json | None
    feedback: Feedback | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSummary:
    """A thread as the sidebar shows it. `updated_at` is the time of its last question."""

    id: str
    name: str | None
    metadata: Json
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread(ThreadSummary):
    """A thread with its entries, in order."""

    entries: tuple[StoredEntry, ...]


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Some threads, the last active first; `next_cursor` is `None` on the last page."""

    threads: tuple[ThreadSummary, ...]
    next_cursor: str | None
