"""How long the warm-up takes: learnt from earlier ones of the same engine command.

The launcher's estimate ends where the engine serves; what people wait for ends with the warm-up.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

_KEPT = 5
_COMMANDS_KEPT = 50
_WITHOUT_COST = {"--host", "--port", "--gpu-memory-utilization"}  # as the launcher has it


class WarmupHistory:
    """Seconds of earlier warm-ups, in a small JSON file; a bad or unwritable one is done without.

    Args:
        path: of the file; `None` keeps nothing from process to process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seconds = _read(path) if path else {}

    def expected_seconds(self, command: Sequence[str]) -> float | None:
        """The median of those kept for this command of the engine; `None` if there was none."""
        seconds = self._seconds.get(_key(command))
        return median(seconds) if seconds else None

    def record(self, command: Sequence[str], seconds: float) -> None:
        """Keep a warm-up that opened the gate."""
        key = _key(command)
        kept = [*self._seconds.pop(key, []), round(seconds, 2)]
        self._seconds[key] = kept[-_KEPT:]
        self._seconds = dict(list(self._seconds.items())[-_COMMANDS_KEPT:])
        if self._path is not None:
            with contextlib.suppress(OSError):  # costs the next start its estimate
                _write(self._path, self._seconds)


def _key(command: Sequence[str]) -> str:
    """Of a command wherever it listens: a free port is another one each time."""
    words = [w for before, w in pairwise(["", *command]) if not {before, w} & _WITHOUT_COST]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, list[float]]:
    try:
        content = json.loads(path.read_bytes())
        return {str(key): [_seconds(each) for each in kept] for key, kept in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _seconds(value: float) -> float:
    seconds = float(value)
    if not 0.0 <= seconds < math.inf:
        raise ValueError(value)
    return seconds


def _write(path: Path, content: dict[str, list[float]]) -> None:
    written = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        written.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
