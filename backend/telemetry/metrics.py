"""What Prometheus reads at `/metrics`: the gate, turns and their times, streams, sessions.

Every process has one `Metrics` with a registry of its own; nothing is global. The buckets are
those of vLLM's own TTFT and inter-token latency (`vllm/v1/metrics/buckets.py`), with finer steps
below 10 ms for TPOT, so that one dashboard can lay the two over each other.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

OUTCOMES = ("completed", "stopped", "interrupted", "failed", "refused")

TTFT_BUCKETS_SECONDS = (
    *(0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0, 160.0),
)
TPOT_BUCKETS_SECONDS = (
    *(0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75),
    *(1.0, 2.5),
)


class Metrics:
    """Counts what happens; `exposition` is the text that Prometheus reads."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._gate_open = self._gauge("gate_open", "1 while messages may go to the engine")
        self._gate_phase = Gauge(
            "warmline_gate_phase", "1 for the gate's phase now", ["phase"], registry=self._registry
        )
        self._time_to_ready = self._gauge(
            "time_to_ready_seconds", "From the gate's last closing, or the start, to its opening"
        )
        self._turns = Counter(
            "warmline_turns", "Turns by outcome", ["outcome"], registry=self._registry
        )
        for outcome in OUTCOMES:
            self._turns.labels(outcome)
        self._ttft = self._histogram("ttft_seconds", "Time to first token", TTFT_BUCKETS_SECONDS)
        self._tpot = self._histogram("tpot_seconds", "Time per output token", TPOT_BUCKETS_SECONDS)
        self._retries = Counter(
            "warmline_retries", "Attempts after a turn's first", registry=self._registry
        )
        self._streams = self._gauge("streams_open", "Replies that are being written")
        self._sessions = self._gauge("sessions_open", "Pages that are connected")

    def gate_moved(self, phase: str, *, is_open: bool, elapsed_seconds: float) -> None:
        """The gate's phase now; `elapsed_seconds` since it closed counts when it is open."""
        self._gate_phase.clear()
        self._gate_phase.labels(phase).set(1)
        self._gate_open.set(is_open)
        if is_open:
            self._time_to_ready.set(elapsed_seconds)

    def turn_ended(
        self,
        outcome: str,
        *,
        ttft_seconds: float | None = None,
        tpot_seconds: float | None = None,
    ) -> None:
        """A turn is over, one of `OUTCOMES`; a time that is unknown is `None` and not counted."""
        self._turns.labels(outcome).inc()
        if ttft_seconds is not None:
            self._ttft.observe(ttft_seconds)
        if tpot_seconds is not None:
            self._tpot.observe(tpot_seconds)

    def retry(self) -> None:
        """A turn tries again."""
        self._retries.inc()

    def stream_opened(self) -> None:
        """The engine begins to write a reply."""
        self._streams.inc()

    def stream_closed(self) -> None:
        """A reply is at its end, whichever."""
        self._streams.dec()

    def session_opened(self) -> None:
        """A page connected."""
        self._sessions.inc()

    def session_closed(self) -> None:
        """A page is gone."""
        self._sessions.dec()

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format, of type `content_type`."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"warmline_{name}", meaning, registry=self._registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"warmline_{name}", meaning, buckets=buckets, registry=self._registry)
