"""Which writers are dead, without comparing clocks of different machines.

A living writer counts a beat in the database every few seconds while it writes. A watcher looks at
those counts by its own monotonic clock: one that stands still for the lease is a dead writer's. On
the same machine the process itself is asked, and a death is known at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.store import process


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer with replies under way; `beat` is `None` before its first beat."""

    name: str
    beat: int | None


@dataclass(frozen=True, slots=True)
class _Seen:
    beat: int | None
    since: float


class Lease:
    """Judges the other writers.

    Args:
        lease_seconds: how long a count may stand still.
        clock: monotonic seconds.
        is_gone: whether a writer's process has ended, `None` for unknown.
    """

    def __init__(
        self,
        lease_seconds: float = 8.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_gone: Callable[[str], bool | None] = process.is_gone,
    ) -> None:
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._is_gone = is_gone
        self._seen: dict[str, _Seen] = {}

    def dead(self, writers: Iterable[Writer]) -> list[Writer]:
        """The dead ones among all others that have replies under way now."""
        writers = list(writers)
        self._seen = {writer.name: self._look_at(writer) for writer in writers}
        return [writer for writer in writers if self._is_dead(writer)]

    def _look_at(self, writer: Writer) -> _Seen:
        before = self._seen.get(writer.name)
        if before is not None and before.beat == writer.beat:
            return before
        return _Seen(writer.beat, self._clock())

    def _is_dead(self, writer: Writer) -> bool:
        still_seconds = self._clock() - self._seen[writer.name].since
        return still_seconds >= self._lease_seconds or bool(self._is_gone(writer.name))
