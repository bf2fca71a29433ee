"""What the person at the terminal sees: one line that changes, or a line now and then in a log."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from backend.setup.steps import StepProgress

LOG_LINE_SECONDS = 10.0
_CLEAR_LINE = "\r\x1b[2K"


class Console:
    """Writes lines and progress.

    Args:
        out: where to.
        live: whether progress may be one line that is written over; by default on a terminal.
        num_columns: the terminal's width; by default what it says itself.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        out: TextIO = sys.stdout,
        *,
        live: bool | None = None,
        num_columns: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._clock = clock
        self._live = out.isatty() if live is None else live
        self._num_columns = num_columns or shutil.get_terminal_size().columns
        self._shows_progress = False
        self._number: int | None = None
        self._said_at = 0.0

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self._clear()
        self._out.write(f"{line}\n")
        self._out.flush()

    def show(self, progress: StepProgress) -> None:
        """Show how far set-up is."""
        line = f"[{progress.number}/{progress.num_steps}] {progress.detail}"
        is_over = progress.fraction >= 1
        if self._live and not is_over:
            self._clear()
            self._out.write(line[: self._num_columns - 1])
            self._out.flush()
            self._shows_progress = True
        elif is_over or self._is_time_for(progress.number):
            self.say(line)

    def share(self) -> None:
        """From now on another process writes here too: no line is written over any more."""
        self._clear()
        self._live = False

    def _is_time_for(self, number: int) -> bool:
        now = self._clock()
        if number == self._number and now - self._said_at < LOG_LINE_SECONDS:
            return False
        self._number, self._said_at = number, now
        return True

    def _clear(self) -> None:
        if self._shows_progress:
            self._out.write(_CLEAR_LINE)
            self._shows_progress = False
