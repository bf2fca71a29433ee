"""How busy the card is while something runs, as `nvidia-smi` sees it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean

_LOOK_SECONDS = 0.25
_QUERY = ("nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits")
_VISIBLE = "CUDA_VISIBLE_DEVICES"


class Use:
    """What was seen; `mean` is 0..1, `None` where nothing was."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    @property
    def mean(self) -> float | None:
        """The mean of all looks."""
        return fmean(self.seen) if self.seen else None


class CardUse:
    """Looks at the card again and again.

    Args:
        look: the use now, 0..1; `None` without a card.
        seconds: between two looks.
    """

    def __init__(
        self, look: Callable[[], float | None] | None = None, seconds: float = _LOOK_SECONDS
    ) -> None:
        self.look = look or busiest_card
        self._seconds = seconds

    @property
    def has_card(self) -> bool:
        """Whether there is a card to look at."""
        return self.look() is not None

    @contextmanager
    def watched(self) -> Iterator[Use]:
        """Look until the block ends."""
        use, is_over = Use(), threading.Event()

        def watch() -> None:
            while not is_over.wait(self._seconds):
                seen = self.look()
                if seen is None:
                    return
                use.seen.append(seen)

        thread = threading.Thread(target=watch, name="card-use")
        thread.start()
        try:
            yield use
        finally:
            is_over.set()
            thread.join()


def no_card() -> None:
    """Where to look for an engine on another machine: this one's cards say nothing of it."""


def busiest_card() -> float | None:
    """The use of the busiest card that vLLM may use, 0..1; `None` where no card or driver is."""
    visible = os.environ.get(_VISIBLE)
    chosen = () if visible is None else ("--id", visible)
    try:
        done = subprocess.run(
            (*_QUERY, *chosen), capture_output=True, text=True, timeout=10, check=True
        )
        return max(float(line) for line in done.stdout.split()) / 100
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
