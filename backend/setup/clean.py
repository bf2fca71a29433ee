"""`make clean`: says how much it would free, asks, and keeps the data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from backend.setup.procfs import started_from

_GB = 1_000_000_000
_BLOCK_BYTES = 512  # of st_blocks, whatever the file system's own are


def clean(
    layout: Layout, data_dir: Path, *, ask: Callable[[str], str] | None, say: Callable[[str], None]
) -> None:
    """Remove what set-up made, if the person agrees.

    Args:
        layout: of the checkout.
        data_dir: what people wrote, which stays wherever it is.
        ask: puts a question and returns the answer; `None` where nobody can be asked.
        say: writes a line.

    Raises:
        SetupError: Something still runs from what would be removed.
    """
    if not layout.home.exists():
        say("Nothing to clean: set-up has made nothing here.")
        return
    if data_dir.resolve().is_relative_to(layout.home):
        raise SetupError("clean", f"Your data lie in {data_dir}, so nothing is removed.")
    if running := started_from(layout.home):
        process = running[0]
        raise SetupError(
            "clean", f"Process {process.pid} ({process.command[:60]}) still runs.", "Stop it first."
        )
    freed = f"{disk_usage(layout.home) / _GB:.1f} GB"
    if ask is None:
        say(f"make clean would free {freed} (.warmline); it asks first, so run it in a terminal.")
    elif ask(f"Remove .warmline and free {freed}? Your data stay. [y/N] ").strip().lower() == "y":
        shutil.rmtree(layout.home)
        say(f"Freed {freed}.")
    else:
        say("Nothing was removed.")


def disk_usage(folder: Path) -> int:
    """How many bytes of the disk a folder takes; a file with several names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            status = (Path(place) / name).lstat()
            seen[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return sum(seen.values())
