"""A bench's progress as one line of a terminal."""

from __future__ import annotations

import sys
from typing import TextIO

_WIDTH = 24


class ProgressBar:
    """Draws a bar, what is measured now, and the time left; a line each where nobody watches.

    Args:
        num_runs: of the whole bench.
        stream: a terminal or a file.
    """

    def __init__(self, num_runs: int, stream: TextIO = sys.stderr) -> None:
        self._num_runs = max(1, num_runs)
        self._stream = stream

    def tell(self, what: str, num_left: int, seconds_left: float) -> None:
        """See `running.Progress`."""
        done = max(0, self._num_runs - num_left)
        full = _WIDTH * done // self._num_runs
        bar = "█" * full + "░" * (_WIDTH - full)
        line = f"{bar} {done}/{self._num_runs}  {time_left(seconds_left)} left  {what}"
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[K{line[:100]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._stream.isatty():
            self._stream.write("\n")


def time_left(seconds: float) -> str:
    """`about 40 s`, `about 12 min`."""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
