"""One start of vLLM as its log tells it: phase, progress, the facts in between, the tail.

Nothing here fails on a line that it does not know.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from backend.launcher.eta import BootClock, SecondsByPhase
from backend.launcher.phases import Phase, read_line

# A failing vLLM prints one traceback for each of its three processes.
_LINES_KEPT = 1000

_DETAILS = {
    Phase.STARTING: "vLLM is starting.",
    Phase.DOWNLOADING: "The model is being downloaded.",
    Phase.LOADING_WEIGHTS: "The model's weights are being loaded.",
    Phase.COMPILING: "The model is being compiled.",
    Phase.ALLOCATING_KV_CACHE: "The KV cache is being set up.",
    Phase.CAPTURING_GRAPHS: "CUDA graphs are being captured.",
    Phase.SERVING: "vLLM is serving.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReading:
    """How far a start is; unknown is `None`.

    `fraction` is 0..1 of the phase, as the log says it; `slow_times`: the phase has taken so many
    times longer than ever.
    """

    phase: Phase
    progress: float | None
    eta_seconds: float | None
    elapsed_seconds: float
    detail: str
    max_model_len: int | None
    num_kv_cache_tokens: int | None
    num_jit_compilations: int
    fraction: float | None = None
    slow_times: float | None = None


class Boot:
    """Follows one start. Lines come from one thread, readings are taken in others.

    Args:
        expected: seconds by phase of earlier boots, `None` if there were none.
        from_hub: whether the model comes from a hub: vLLM then downloads silently what it has
            not yet, between "Starting to load model" and its first weights.
        longest: the longest that each phase of an earlier boot took.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        expected: SecondsByPhase | None = None,
        *,
        from_hub: bool = False,
        longest: SecondsByPhase | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = BootClock(expected, clock, longest=longest)
        self._from_hub = from_hub
        self._fraction: float | None = None
        self._max_model_len: int | None = None
        self._num_kv_cache_tokens: int | None = None
        self._num_jit_compilations = 0
        self._doomed = False
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._lock = threading.Lock()

    def see(self, line: str) -> None:
        """Take in the next line of the log."""
        with self._lock:
            self._lines.append(line)
            seen = read_line(line, from_hub=self._from_hub)
            self._num_jit_compilations += seen.is_jit_compilation
            if self._clock.phase is Phase.SERVING:
                return
            self._doomed = self._doomed or seen.doomed
            self._max_model_len = seen.max_model_len or self._max_model_len
            self._num_kv_cache_tokens = seen.num_kv_cache_tokens or self._num_kv_cache_tokens
            if seen.phase is None:
                return
            if seen.phase.rank > self._clock.phase.rank:
                self._enter(seen.phase)
            if seen.phase is self._clock.phase:
                self._fraction = seen.fraction if seen.fraction is not None else self._fraction

    def end(self) -> None:
        """The process is gone: the clock stops."""
        with self._lock:
            self._clock.stop()

    @property
    def serving(self) -> bool:
        """Whether this start reached `serving`."""
        return self._clock.phase is Phase.SERVING

    @property
    def served_seconds(self) -> float:
        """How long it has been serving; 0 before."""
        return self._clock.phase_seconds if self.serving else 0.0

    @property
    def doomed(self) -> bool:
        """Whether the log says that this start has failed, though the process may live on."""
        return self._doomed

    @property
    def lines(self) -> list[str]:
        """The last 1,000 lines of the start or, once serving, those since."""
        with self._lock:
            return list(self._lines)

    @property
    def seconds_by_phase(self) -> SecondsByPhase:
        """The seconds of each phase that is over."""
        with self._lock:
            return self._clock.seconds_by_phase

    def read(self) -> BootReading:
        """How far the start is now."""
        with self._lock:
            return BootReading(
                phase=self._clock.phase,
                progress=self._clock.progress(self._fraction),
                eta_seconds=self._clock.eta_seconds(self._fraction),
                elapsed_seconds=self._clock.elapsed_seconds,
                detail=_DETAILS[self._clock.phase],
                max_model_len=self._max_model_len,
                num_kv_cache_tokens=self._num_kv_cache_tokens,
                num_jit_compilations=self._num_jit_compilations,
                fraction=self._fraction,
                slow_times=self._clock.slow_times,
            )

    def _enter(self, phase: Phase) -> None:
        self._clock.enter(phase)
        self._fraction = None
        if phase is Phase.SERVING:
            # What went wrong on the way is overcome: it must not explain a later death.
            self._lines.clear()
