"""SIGTERM ends a bench as Ctrl-C does: no engine, each in a session of its own, outlives it."""

from __future__ import annotations

import signal
from types import FrameType


def stop_like_ctrl_c() -> None:
    """From now on SIGTERM raises KeyboardInterrupt, and what is running is left in order."""
    signal.signal(signal.SIGTERM, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
