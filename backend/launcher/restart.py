"""When a dead engine is started again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """Back-off that doubles, and an end to it: a crash loop is not hammered further.

    A start that then served for `loop_window_seconds` forgets the crashes before it.
    """

    first_delay_seconds: float = 1.0
    longest_delay_seconds: float = 60.0
    loop_crashes: int = 3
    loop_window_seconds: float = 300.0

    def delay_seconds(self, crashes: Sequence[float]) -> float | None:
        """How long to wait after the last of these crashes (times in seconds, oldest first).

        `None` means a crash loop: do not start again.
        """
        since = crashes[-1] - self.loop_window_seconds
        if sum(crash >= since for crash in crashes) >= self.loop_crashes:
            return None
        doubled = self.first_delay_seconds * 2.0 ** min(len(crashes) - 1, 32)
        return min(doubled, self.longest_delay_seconds)
