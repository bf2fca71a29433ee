"""What earlier warm-ups of the same engine command took, and the speed they came to.

The launcher's estimate ends where the engine serves; what people wait for ends with the warm-up.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

_KEPT = 5
_COMMANDS_KEPT = 50
_WITHOUT_COST = {"--host", "--port", "--gpu-memory-utilization"}  # as the launcher has it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Of one command: seconds of its last warm-ups, and the mean TTFT of each steady series."""

    seconds: tuple[float, ...] = ()
    steady_ttft_seconds: Mapping[str, float] = field(default_factory=dict)


class WarmupHistory:
    """Earlier warm-ups, in a small JSON file; a bad or unwritable one is done without.

    Args:
        path: of the file; `None` keeps nothing from process to process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept = _read(path) if path else {}

    def expected_seconds(self, command: Sequence[str]) -> float | None:
        """The median of those kept for this command of the engine; `None` if there was none."""
        kept = self._kept.get(_key(command))
        return median(kept.seconds) if kept and kept.seconds else None

    def steady_ttft_seconds(self, command: Sequence[str]) -> Mapping[str, float]:
        """The mean TTFT that each series of bursts came to last, by the series' name."""
        return self._kept.get(_key(command), _Kept()).steady_ttft_seconds

    def record(
        self, command: Sequence[str], seconds: float, steady_ttft_seconds: Mapping[str, float]
    ) -> None:
        """Keep a warm-up that opened the gate."""
        key = _key(command)
        before = self._kept.pop(key, _Kept())
        self._kept[key] = _Kept(
            seconds=(*before.seconds, round(seconds, 2))[-_KEPT:],
            steady_ttft_seconds={
                **before.steady_ttft_seconds,
                **{name: round(ttft, 4) for name, ttft in steady_ttft_seconds.items()},
            },
        )
        self._kept = dict(list(self._kept.items())[-_COMMANDS_KEPT:])
        if self._path is not None:
            with contextlib.suppress(OSError):  # costs the next start its estimate
                _write(self._path, self._kept)


def _key(command: Sequence[str]) -> str:
    """Of a command wherever it listens: a free port is another one each time."""
    words = [w for before, w in pairwise(["", *command]) if not {before, w} & _WITHOUT_COST]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, _Kept]:
    try:
        content = json.loads(path.read_bytes())
        return {str(key): _read_one(kept) for key, kept in content.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _read_one(kept: Any) -> _Kept:
    if isinstance(kept, list):  # as it was written before the speed was kept
        return _Kept(seconds=tuple(map(_seconds, kept)))
    return _Kept(
        seconds=tuple(map(_seconds, kept["seconds"])),
        steady_ttft_seconds={
            str(name): _seconds(ttft) for name, ttft in kept["steady_ttft_seconds"].items()
        },
    )


def _seconds(value: float) -> float:
    seconds = float(value)
    if not 0.0 <= seconds < math.inf:
        raise ValueError(value)
    return seconds


def _write(path: Path, kept: Mapping[str, _Kept]) -> None:
    content = {key: asdict(each) for key, each in kept.items()}
    path.parent.mkdir(parents=True, exist_ok=True)  # without a store nobody else makes it
    written = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        written.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
