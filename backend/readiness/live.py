"""The engine as it is now, for people who watch: rates out of two looks at its counters."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.readiness.metrics import EngineNumbers

MAX_GAP_SECONDS = 10.0
"""Between two looks; a rate over a longer time would not be of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNumbers:
    """`None` is what is not known: before the second look, after a restart, or never said.

    Attributes:
        num_waiting: requests in the engine's queue.
        tokens_per_second: of the whole engine since the look before.
        kv_cache_usage: share in use, 0..1.
        prefix_hit_rate: share of prompt tokens found in the prefix cache since the engine's start.
    """

    num_waiting: int | None = None
    tokens_per_second: float | None = None
    kv_cache_usage: float | None = None
    prefix_hit_rate: float | None = None


class LiveEngine:
    """Looks at the engine; each look needs the one before.

    Args:
        read: one look (`EngineMetrics.read`).
        clock: monotonic seconds.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[EngineNumbers | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._clock = clock
        self._before: tuple[EngineNumbers, float] | None = None

    async def look(self) -> LiveNumbers | None:
        """The engine now; `None` while it does not answer."""
        numbers = await self._read()
        before, now = self._before, self._clock()
        self._before = None if numbers is None else (numbers, now)
        if numbers is None:
            return None
        return LiveNumbers(
            num_waiting=numbers.num_waiting,
            tokens_per_second=_rate(before, numbers, now),
            kv_cache_usage=numbers.kv_cache_usage,
            prefix_hit_rate=_hit_rate(numbers),
        )


def _rate(
    before: tuple[EngineNumbers, float] | None, numbers: EngineNumbers, now: float
) -> float | None:
    if before is None or numbers.num_generated is None or before[0].num_generated is None:
        return None
    num_new, seconds = numbers.num_generated - before[0].num_generated, now - before[1]
    if num_new < 0 or not 0 < seconds <= MAX_GAP_SECONDS:  # fewer: another engine has begun
        return None
    return num_new / seconds


def _hit_rate(numbers: EngineNumbers) -> float | None:
    queries, hits = numbers.num_prefix_queries, numbers.num_prefix_hits
    return hits / queries if queries and hits is not None else None
