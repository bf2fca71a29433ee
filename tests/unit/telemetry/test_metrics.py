from __future__ import annotations

from backend.telemetry.metrics import OUTCOMES, Metrics


def lines(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_every_outcome_is_there_before_the_first_turn() -> None:
    shown = lines(Metrics())

    for outcome in OUTCOMES:
        assert f'warmline_turns_total{{outcome="{outcome}"}} 0.0' in shown


def test_a_turn_counts_with_the_times_that_are_known() -> None:
    metrics = Metrics()
    metrics.turn_ended("completed", ttft_seconds=0.3, tpot_seconds=0.012)
    metrics.turn_ended("failed")
    shown = lines(metrics)

    assert 'warmline_turns_total{outcome="completed"} 1.0' in shown
    assert 'warmline_turns_total{outcome="failed"} 1.0' in shown
    assert "warmline_ttft_seconds_count 1.0" in shown
    assert 'warmline_ttft_seconds_bucket{le="0.25"} 0.0' in shown
    assert 'warmline_ttft_seconds_bucket{le="0.5"} 1.0' in shown
    assert 'warmline_tpot_seconds_bucket{le="0.025"} 1.0' in shown


def test_the_gate_shows_one_phase_and_how_long_it_took_to_open() -> None:
    metrics = Metrics()
    metrics.gate_moved("loading_weights", is_open=False, elapsed_seconds=3.0)
    metrics.gate_moved("ready", is_open=True, elapsed_seconds=41.5)
    shown = lines(metrics)

    assert [line for line in shown if line.startswith("warmline_gate_phase{")] == [
        'warmline_gate_phase{phase="ready"} 1.0'
    ]
    assert "warmline_gate_open 1.0" in shown
    assert "warmline_time_to_ready_seconds 41.5" in shown


def test_a_gate_that_closes_keeps_the_time_that_the_last_opening_took() -> None:
    metrics = Metrics()
    metrics.gate_moved("ready", is_open=True, elapsed_seconds=41.5)
    metrics.gate_moved("lost", is_open=False, elapsed_seconds=0.0)
    shown = lines(metrics)

    assert "warmline_gate_open 0.0" in shown
    assert "warmline_time_to_ready_seconds 41.5" in shown


def test_streams_and_sessions_are_counted_while_they_are_open() -> None:
    metrics = Metrics()
    for _ in range(3):
        metrics.stream_opened()
        metrics.session_opened()
    metrics.stream_closed()
    metrics.session_closed()
    metrics.session_closed()
    shown = lines(metrics)

    assert "warmline_streams_open 2.0" in shown
    assert "warmline_sessions_open 1.0" in shown


def test_retries_are_counted() -> None:
    metrics = Metrics()
    metrics.retry()

    assert "warmline_retries_total 1.0" in lines(metrics)


def test_two_of_them_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.retry()

    assert "warmline_retries_total 0.0" in lines(second)


def test_the_process_itself_is_measured() -> None:
    assert any(line.startswith("process_cpu_seconds_total ") for line in lines(Metrics()))


def test_the_content_type_is_prometheus_text() -> None:
    assert Metrics.content_type.startswith("text/plain")
