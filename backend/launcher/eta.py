"""How long a start takes: learnt from earlier boots, by phase.

Boots are told apart by what they depend on (model, flags, version, hardware). Without an earlier
boot there is no estimate: `None`, never an invented one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from backend.launcher.phases import Phase

SecondsByPhase = Mapping[Phase, float]

_FORMAT = 1
_BOOTS_KEPT = 5
_KEYS_KEPT = 50
# Only `serving` is the whole of a start.
_MOST_BEFORE_SERVING = 0.99
_SLOW_TIMES = 3.0  # than ever: the busiest of shared machines varies by half of that
_SLOW_SECONDS = 5.0  # a phase of a tenth of a second may take three of them


def boot_key(*, model: str, flags: Iterable[str], version: str, hardware: str) -> str:
    """What is equal for boots that should take equally long."""
    text = json.dumps([model, sorted(flags), version, hardware])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class BootHistory:
    """Seconds by phase of earlier boots, in a small JSON file.

    A file that cannot be understood is set aside as `<name>.corrupt`; one that cannot be written
    (disk full, read-only) costs the next start its estimate and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def expected(self, key: str) -> SecondsByPhase | None:
        """The median by phase of the boots kept; `None` if there was none.

        The first boot of a key fills caches that later ones find, so it counts only while it is
        alone.
        """
        boots = self._read().get(key)
        if not boots:
            return None
        warm = boots[1:] or boots
        phases = [phase for phase in Phase if any(phase in boot for boot in warm)]
        return {phase: median(boot.get(phase, 0.0) for boot in warm) for phase in phases}

    def longest(self, key: str) -> SecondsByPhase:
        """The longest that each phase took in the boots kept, the first one too."""
        boots = self._read().get(key, [])
        phases = {phase for boot in boots for phase in boot}
        return {phase: max(boot.get(phase, 0.0) for boot in boots) for phase in phases}

    def record(self, key: str, seconds: SecondsByPhase) -> None:
        """Keep a boot that reached `serving`."""
        boots = self._read()
        # Re-inserted, so that the keys used last are the ones kept; of a key's boots the first
        # stays, to go on being left out of the median.
        first, *later = [*boots.pop(key, []), dict(seconds)]
        boots[key] = [first, *later[-_BOOTS_KEPT:]]
        kept = dict(list(boots.items())[-_KEYS_KEPT:])
        with contextlib.suppress(OSError):
            self._write({"format": _FORMAT, "boots": kept})

    def _read(self) -> dict[str, list[dict[Phase, float]]]:
        try:
            return _parse(json.loads(self._path.read_bytes()))
        except OSError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError):
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(self._path.name + ".corrupt"))
            return {}

    def _write(self, content: Mapping[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Replaced whole: a launcher that is killed here leaves the old file.
        written = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            written.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            written.replace(self._path)
        finally:
            written.unlink(missing_ok=True)


def _parse(content: Any) -> dict[str, list[dict[Phase, float]]]:
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    return {
        key: [{Phase(name): _seconds(s) for name, s in boot.items()} for boot in boots]
        for key, boots in content["boots"].items()
    }


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0.0 <= seconds < math.inf:
        raise ValueError(value)
    return seconds


class BootClock:
    """How far one start is.

    Args:
        expected: seconds by phase of earlier boots, `None` if there were none.
        clock: monotonic seconds.
        longest: the longest that each phase ever took.
    """

    def __init__(
        self,
        expected: SecondsByPhase | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        longest: SecondsByPhase | None = None,
    ) -> None:
        self._expected = expected
        self._longest = longest or {}
        self._clock = clock
        self._began = self._phase_began = clock()
        self._ended: float | None = None
        self._phase = Phase.STARTING
        self._seconds: dict[Phase, float] = {}
        self._furthest = 0.0

    @property
    def phase(self) -> Phase:
        """The phase now."""
        return self._phase

    @property
    def phase_seconds(self) -> float:
        """Seconds in this phase until now."""
        return self._clock() - self._phase_began

    def enter(self, phase: Phase) -> None:
        """A later phase begins; `serving` ends the start."""
        now = self._clock()
        self._seconds[self._phase] = now - self._phase_began
        self._phase, self._phase_began = phase, now
        if phase is Phase.SERVING:
            self.stop()

    def stop(self) -> None:
        """The start is over: from now on `elapsed_seconds` stays."""
        if self._ended is None:
            self._ended = self._clock()

    @property
    def seconds_by_phase(self) -> SecondsByPhase:
        """The seconds of each phase that is over."""
        return dict(self._seconds)

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the start began, until it served or was over."""
        end = self._clock() if self._ended is None else self._ended
        return end - self._began

    def eta_seconds(self, fraction: float | None = None) -> float | None:
        """Seconds until `serving` as earlier boots went; `None` if there were none.

        `fraction` is how much of this phase is known to be done (0..1), where the log says so.
        """
        if self._phase is Phase.SERVING:
            return 0.0
        if not self._expected:
            return None
        expected = self._expected.get(self._phase, 0.0)
        done = max(self.phase_seconds, expected * (fraction or 0.0))
        later = sum(s for phase, s in self._expected.items() if phase.rank > self._phase.rank)
        return max(expected - done, 0.0) + later

    @property
    def slow_times(self) -> float | None:
        """How many times longer than ever this phase has taken; `None` unless it is slow."""
        longest = self._longest.get(self._phase)
        if not longest or self._phase is Phase.SERVING or self._ended is not None:
            return None
        times = self.phase_seconds / longest
        is_slow = times >= _SLOW_TIMES and self.phase_seconds >= _SLOW_SECONDS
        return times if is_slow else None

    def progress(self, fraction: float | None = None) -> float | None:
        """0..1 of the whole start; it never goes back, and is 1 only when serving."""
        eta_seconds = self.eta_seconds(fraction)
        if self._phase is Phase.SERVING:
            return 1.0
        if eta_seconds is None or not self._expected:
            return None
        whole = sum(self._expected.values())
        done = 1.0 - eta_seconds / whole if whole > 0 else 0.0
        self._furthest = max(self._furthest, min(done, _MOST_BEFORE_SERVING))
        return self._furthest
