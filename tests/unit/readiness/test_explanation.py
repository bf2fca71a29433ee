from __future__ import annotations

import pytest

from backend.readiness.explanation import Explanation
from backend.readiness.gate import GateState, Phase, Problem
from backend.readiness.status import StatusReport
from backend.readiness.warmup_history import WarmupHistory

MISTAKE = Problem(kind="engine_unauthorized")
BROKEN = Problem(kind="no_memory", message="No memory.", advice="Free some.")


def said(phase: Phase | None, progress: float | None = None) -> StatusReport:
    return StatusReport(phase=phase, progress=progress)


def progress_after(*reports: StatusReport) -> list[float | None]:
    explanation = Explanation()
    shown = []
    for report in reports:
        explanation.hear(report)
        shown.append(explanation.closed(None).progress)
    return shown


@pytest.fixture
def explanation() -> Explanation:
    return Explanation()


def test_before_the_first_contact_it_is_starting(explanation: Explanation) -> None:
    assert explanation.closed(None) == GateState(phase=Phase.STARTING)
    assert explanation.report is None


def test_the_launchers_words_are_shown(explanation: Explanation) -> None:
    explanation.hear(
        StatusReport(
            phase=Phase.COMPILING,
            progress=0.6,
            eta_seconds=20.0,
            detail="torch.compile",
        )
    )
    assert explanation.closed(None) == GateState(
        phase=Phase.COMPILING,
        progress=0.6,
        eta_seconds=20.0,
        detail="torch.compile",
    )


@pytest.mark.parametrize(
    "phase", [p for p in Phase if p not in (Phase.READY, Phase.WARMING_UP, Phase.LOST)]
)
def test_every_phase_of_the_launcher_is_shown_as_it_is(
    explanation: Explanation, phase: Phase
) -> None:
    explanation.hear(said(phase, 0.5))
    assert explanation.closed(None).phase is phase


def test_the_launchers_problem_comes_before_what_the_probes_found(
    explanation: Explanation,
) -> None:
    explanation.hear(StatusReport(phase=Phase.FAILED, problem=BROKEN))
    assert explanation.closed(MISTAKE).problem == BROKEN


def test_what_the_probes_found_is_shown_beside_the_launchers_phase(
    explanation: Explanation,
) -> None:
    explanation.hear(said(Phase.SERVING))
    assert explanation.closed(MISTAKE) == GateState(phase=Phase.SERVING, problem=MISTAKE)


def test_an_unknown_phase_keeps_the_one_before_it(explanation: Explanation) -> None:
    explanation.hear(said(Phase.LOADING_WEIGHTS))
    explanation.hear(said(None, 0.5))
    state = explanation.closed(None)
    assert (state.phase, state.progress) == (Phase.LOADING_WEIGHTS, 0.5)


def test_one_missed_read_changes_nothing(explanation: Explanation) -> None:
    explanation.hear(said(Phase.COMPILING))
    for _ in range(3):
        explanation.hear(None)
        assert explanation.closed(None).phase is Phase.COMPILING
        explanation.hear(said(Phase.COMPILING))


def test_a_launcher_out_of_reach_is_forgotten(explanation: Explanation) -> None:
    explanation.hear(said(Phase.COMPILING))
    explanation.hear(None)
    explanation.hear(None)
    assert explanation.closed(None) == GateState(phase=Phase.STARTING)
    assert explanation.report is None


def test_progress_never_goes_back_within_one_start() -> None:
    start = [(Phase.STARTING, 0.1), (Phase.LOADING_WEIGHTS, 0.5), (Phase.COMPILING, 0.4)]
    shown = progress_after(*(said(phase, progress) for phase, progress in start))
    assert shown == [0.1, 0.5, 0.5]


@pytest.mark.parametrize("num_misses", [0, 3])
def test_the_launcher_goes_on_with_the_bar_of_set_up(num_misses: int) -> None:
    explanation = Explanation()
    shown = [0.0]
    for progress in (0.2, 0.6):
        explanation.hear(StatusReport(phase=Phase.DOWNLOADING, progress=progress))
        shown.append(explanation.closed(None).progress or 0.0)
    for _ in range(num_misses):
        explanation.hear(None)
        shown.append(explanation.closed(None).progress or 0.0)
    launcher = [(Phase.STARTING, None), (Phase.STARTING, 0.5), (Phase.SERVING, 1.0)]
    for phase, share in launcher:
        explanation.hear(StatusReport(phase=phase, progress=share, command=("vllm",)))
        shown.append(explanation.closed(None).progress or 0.0)
    assert shown == sorted(shown)
    assert shown[-3:] == pytest.approx([0.6, 0.8, 1.0])


def test_progress_that_is_unknown_in_between_is_shown_as_unknown() -> None:
    phase = Phase.DOWNLOADING
    shown = progress_after(said(phase, 0.3), said(phase, None), said(phase, 0.2))
    assert shown == [0.3, None, 0.3]


@pytest.mark.parametrize("before", [Phase.FAILED, Phase.SERVING, Phase.COMPILING])
def test_another_start_begins_its_own_progress(before: Phase) -> None:
    assert progress_after(said(before, 0.8), said(Phase.STARTING, 0.0)) == [0.8, 0.0]


def test_a_launcher_that_has_not_seen_the_death_is_not_believed(explanation: Explanation) -> None:
    explanation.hear(said(Phase.SERVING, 1.0))
    explanation.lost()
    explanation.hear(said(Phase.SERVING, 1.0))
    assert explanation.closed(None) == GateState(phase=Phase.LOST)


def test_after_a_loss_the_launcher_explains_the_restart(explanation: Explanation) -> None:
    explanation.hear(said(Phase.SERVING, 1.0))
    explanation.lost()
    shown = []
    for phase, progress in [(Phase.STARTING, 0.0), (Phase.COMPILING, 0.5), (Phase.SERVING, 0.9)]:
        explanation.hear(said(phase, progress))
        state = explanation.closed(None)
        shown.append((state.phase, state.progress))
    assert shown == [(Phase.STARTING, 0.0), (Phase.COMPILING, 0.5), (Phase.SERVING, 0.9)]


def test_what_it_says_before_it_has_seen_the_death_is_no_progress(
    explanation: Explanation,
) -> None:
    explanation.hear(said(Phase.SERVING, 1.0))
    explanation.lost()
    explanation.hear(said(Phase.SERVING, 1.0))
    explanation.hear(said(Phase.FAILED, 0.3))
    assert explanation.closed(None).progress == 0.3


def test_a_launcher_that_saw_the_failure_first_is_believed(explanation: Explanation) -> None:
    explanation.hear(StatusReport(phase=Phase.FAILED, problem=BROKEN))
    explanation.lost()
    assert explanation.closed(None) == GateState(phase=Phase.FAILED, problem=BROKEN)


def test_a_loss_without_a_launcher_is_lost(explanation: Explanation) -> None:
    explanation.lost()
    assert explanation.closed(None) == GateState(phase=Phase.LOST)


def test_a_loss_together_with_the_launcher_is_lost_until_it_comes_back(
    explanation: Explanation,
) -> None:
    explanation.hear(said(Phase.SERVING, 1.0))
    explanation.lost()
    explanation.hear(None)
    explanation.hear(None)
    assert explanation.closed(None).phase is Phase.LOST
    explanation.hear(said(Phase.STARTING, 0.0))
    assert explanation.closed(None).phase is Phase.STARTING


def test_the_progress_before_a_loss_is_not_the_next_starts(explanation: Explanation) -> None:
    explanation.hear(said(Phase.SERVING, 1.0))
    assert explanation.closed(None).progress == 1.0
    explanation.lost()
    assert explanation.closed(None).progress is None


# -- with the warm-up's time -----------------------------------------------------------------------

COMMAND = ("vllm", "serve", "qwen")


def boot(phase: Phase, *, elapsed: float, eta: float, progress: float) -> StatusReport:
    return StatusReport(
        phase=phase,
        progress=progress,
        eta_seconds=eta,
        elapsed_seconds=elapsed,
        command=COMMAND,
    )


@pytest.fixture
def taught() -> Explanation:
    """Of an engine that took 10 s to warm up after earlier starts."""
    history = WarmupHistory()
    history.record(COMMAND, 10.0, {})
    return Explanation(history)


def test_the_warm_up_is_counted_from_the_first_phase_on(taught: Explanation) -> None:
    taught.hear(boot(Phase.LOADING_WEIGHTS, elapsed=10, eta=20, progress=1 / 3))
    state = taught.closed(None)
    assert state.eta_seconds == 30
    assert state.progress == pytest.approx(0.25)


def test_the_bar_goes_on_through_the_warm_up(taught: Explanation) -> None:
    taught.hear(boot(Phase.LOADING_WEIGHTS, elapsed=10, eta=20, progress=1 / 3))
    taught.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    shown = [taught.warming_up(GateState(), seconds) for seconds in (0.0, 5.0, 10.0, 20.0)]
    assert [state.progress for state in shown] == pytest.approx([0.75, 0.875, 0.9975, 0.9975])
    assert [state.eta_seconds for state in shown] == [10.0, 5.0, 0.0, 0.0]


def test_a_warm_up_after_a_start_that_was_not_seen_has_no_estimate(taught: Explanation) -> None:
    taught.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    assert taught.warming_up(GateState(), 1.0) == GateState(progress=1.0)


def test_only_a_warm_up_after_a_start_that_was_seen_is_learnt_from() -> None:
    history = WarmupHistory()
    explanation = Explanation(history)
    explanation.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    explanation.warmed_up(0.5, {})
    assert history.expected_seconds(COMMAND) is None
    explanation.lost()
    explanation.hear(boot(Phase.STARTING, elapsed=1, eta=29, progress=0.0))
    explanation.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    explanation.warmed_up(8.0, {"8": 0.25})
    assert history.expected_seconds(COMMAND) == 8.0
    assert explanation.steady_ttft_seconds == {"8": 0.25}


def test_the_speed_of_a_command_is_that_of_the_command_alone(taught: Explanation) -> None:
    assert taught.steady_ttft_seconds == {}
    taught.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    taught.warmed_up(8.0, {"8": 0.25})
    assert taught.steady_ttft_seconds == {}  # its start was not seen


def test_the_bar_stays_when_the_launcher_is_not_heard_during_the_warm_up(
    taught: Explanation,
) -> None:
    taught.hear(boot(Phase.LOADING_WEIGHTS, elapsed=10, eta=20, progress=1 / 3))
    taught.hear(boot(Phase.SERVING, elapsed=30, eta=0, progress=1.0))
    before = taught.warming_up(GateState(), 5.0)
    taught.hear(None)
    taught.hear(None)
    assert taught.warming_up(GateState(), 5.0) == before


def test_a_launcher_that_was_away_and_starts_from_the_beginning_starts_the_bar_anew() -> None:
    explanation = Explanation()
    explanation.hear(said(Phase.LOADING_WEIGHTS, 0.8))
    explanation.hear(None)
    explanation.hear(None)
    explanation.hear(said(Phase.STARTING, 0.1))
    assert explanation.closed(None).progress == 0.1
