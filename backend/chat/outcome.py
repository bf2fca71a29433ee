"""How a reply ended."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """`failed`: no token came. `interrupted`: some did, and no finish reason."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
