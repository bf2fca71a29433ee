"""What is not over after a generous time has hung: it is ended from outside, by an alarm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OverdueError(Exception):
    """What was begun did not end; `str()` says after how long it was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it was not over after {seconds:g} s")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End the block after so long, whatever it waits for: a process, a socket, a task.

    Signals reach the main thread only. In any other one there is no bound.

    Raises:
        OverdueError: it was ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise OverdueError(seconds)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
