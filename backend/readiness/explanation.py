"""Why the gate is closed, in the launcher's words where it has some.

Probes decide; the launcher only explains. Where it is unset, out of reach or out of date, all
that can be said is that the engine is starting, or lost if it was ready before.

The launcher counts until the engine serves; people wait until it is warm. What the warm-up took
after earlier starts is added to its time, and has its part of the bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from backend.readiness.gate import GateState, Phase, Problem
from backend.readiness.status import StatusReport
from backend.readiness.warmup_history import WarmupHistory

MOST_BEFORE_READY = 0.99  # of the bar: only an open gate is the whole
MISSES_UNTIL_FORGOTTEN = 2  # one missed read, on a busy machine, is no news

_ORDER = {phase: index for index, phase in enumerate(Phase)}


class Explanation:
    """Remembers what the launcher said of this start of the engine.

    Args:
        history: of earlier warm-ups.
    """

    def __init__(self, history: WarmupHistory | None = None) -> None:
        self._history = history or WarmupHistory()
        self._saw_it_start = False
        self._report: StatusReport | None = None
        self._last: StatusReport | None = None  # also while the launcher is out of reach
        self._num_misses = 0
        self._phase: Phase | None = None
        self._highest_progress: float | None = None
        self._set_up_progress = 0.0  # the bar's part that set-up had, before the launcher
        self._is_set_up = False
        self._was_ready = False
        self._is_outdated = False

    @property
    def report(self) -> StatusReport | None:
        """The launcher's last report; `None` while it is out of reach."""
        return self._report

    def hear(self, report: StatusReport | None) -> None:
        """Take the launcher's report, or the lack of one."""
        if report is None:
            self._miss()
            return
        self._num_misses = 0
        self._report = self._last = report
        phase = report.phase or self._phase  # an unknown phase lies somewhere after the known one
        self._is_outdated = self._is_outdated and phase is Phase.SERVING
        if self._is_outdated:
            return
        is_handed_over = self._is_set_up and not report.is_set_up
        if is_handed_over or (phase and self._phase and _ORDER[phase] < _ORDER[self._phase]):
            self._start_anew(is_handed_over=is_handed_over)
        self._phase, self._is_set_up = phase, report.is_set_up
        self._saw_it_start = self._saw_it_start or phase is not Phase.SERVING
        if report.progress is not None:
            served = report.progress * self._share_before_warmup(report)
            ahead = self._set_up_progress + (1.0 - self._set_up_progress) * served
            self._highest_progress = max(ahead, self._highest_progress or 0.0)

    def _share_before_warmup(self, report: StatusReport) -> float:
        """The part (0..1) of the whole start that is over when the engine serves."""
        warmup, eta, elapsed = self._warmup_seconds, report.eta_seconds, report.elapsed_seconds
        if not warmup or eta is None or elapsed is None:
            return 1.0
        return (elapsed + eta) / (elapsed + eta + warmup)

    @property
    def _warmup_seconds(self) -> float | None:
        """What the warm-up takes after such a start; an engine that ran before is warm sooner."""
        if self._last is None or self._last.is_set_up or not self._saw_it_start:
            return None
        return self._history.expected_seconds(self._last.command)

    def _start_anew(self, *, is_handed_over: bool) -> None:
        """Another start begins; that of the launcher after set-up goes on with the same bar."""
        self._set_up_progress = (self._highest_progress or 0.0) if is_handed_over else 0.0
        self._highest_progress = self._set_up_progress or None

    def _miss(self) -> None:
        self._num_misses += 1
        if self._num_misses >= MISSES_UNTIL_FORGOTTEN:
            self._report, self._is_outdated = None, False

    def lost(self) -> None:
        """The engine went away after it was ready: the next progress is another start's.

        A launcher that says `serving` has not seen it yet: it is not believed until it says
        something else.
        """
        self._was_ready = True
        self._saw_it_start = False
        self._start_anew(is_handed_over=False)
        self._is_outdated = self._report is not None and self._phase is Phase.SERVING

    def closed(self, problem: Problem | None) -> GateState:
        """The state while the probes fail; `problem` is what they found."""
        report = self._report
        if report is None or self._phase is None or self._is_outdated:
            phase = Phase.LOST if self._was_ready else Phase.STARTING
            between = self._highest_progress if self._is_set_up else None  # set-up and launcher
            return GateState(phase=phase, progress=between, problem=problem)
        return GateState(
            phase=self._phase,
            progress=self._progress(report),
            eta_seconds=self._eta_seconds(report),
            detail=report.detail,
            problem=report.problem or problem,
            fraction=report.fraction,
            slow=report.slow,
            download=report.download,
        )

    def _progress(self, report: StatusReport) -> float | None:
        if report.progress is None and not self._set_up_progress:
            return None
        return self._highest_progress

    def _eta_seconds(self, report: StatusReport) -> float | None:
        """Seconds until the engine is warm; until it serves, where the warm-up is not known."""
        if report.eta_seconds is None:
            return None
        return report.eta_seconds + (self._warmup_seconds or 0.0)

    def warming_up(self, state: GateState, elapsed_seconds: float) -> GateState:
        """The state of a warm-up that runs, so many seconds after it began."""
        expected, begun_at = self._warmup_seconds, self._highest_progress
        if not expected:
            return replace(state, progress=begun_at)
        done = min(elapsed_seconds / expected, MOST_BEFORE_READY)
        progress = None if begun_at is None else begun_at + (1.0 - begun_at) * done
        return replace(state, progress=progress, eta_seconds=max(expected - elapsed_seconds, 0.0))

    @property
    def steady_ttft_seconds(self) -> Mapping[str, float]:
        """What bursts came to in earlier warm-ups of this command, by the series' name."""
        if self._last is None or self._last.is_set_up:
            return {}
        return self._history.steady_ttft_seconds(self._last.command)

    def warmed_up(self, seconds: float, steady_ttft_seconds: Mapping[str, float]) -> None:
        """A whole warm-up has ended; after a start that was seen it counts for the next one's."""
        if self._last is not None and self._saw_it_start:
            self._history.record(self._last.command, seconds, steady_ttft_seconds)
