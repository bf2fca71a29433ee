"""The pace of the watch, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the watch looks, and how long it doubts. All in seconds.

    Attributes:
        closed_seconds: between two looks while the gate is closed.
        open_seconds: between two looks while it is open.
        confirm_seconds: before the look that confirms a silence.
        sign_of_life_seconds: an engine whose reply bytes came within this time is alive, though
            `/health` may time out.
        host_unknown_seconds: a host name without an address is taken for a mistake after this
            time; Docker knows only the names of containers that run.
        warmup_pause_seconds: between a warm-up that failed and the next.
    """

    closed_seconds: float = 0.5
    open_seconds: float = 1.5
    confirm_seconds: float = 0.2
    sign_of_life_seconds: float = 4.0
    host_unknown_seconds: float = 5.0
    warmup_pause_seconds: float = 1.0
