"""The gate's changes in the log of the process."""

from __future__ import annotations

import logging

from backend.readiness.gate import GateState, Phase, WarmupBurst

log = logging.getLogger("warmline.readiness")


def log_change(state: GateState, cause: str) -> None:
    """Log a new phase or problem; `cause` is for the log alone."""
    is_bad = state.problem is not None or state.phase in (Phase.LOST, Phase.FAILED)
    words = [state.phase.value, cause]
    if state.problem is not None:
        words[1:1] = [f"problem {state.problem.kind}", state.problem.message]
    log.log(logging.WARNING if is_bad else logging.INFO, "%s", ": ".join(filter(None, words)))


def in_words(bursts: tuple[WarmupBurst, ...]) -> str:
    """What a warm-up's bursts took."""
    return "first tokens after " + ", ".join(
        f"{burst.mean_ttft_seconds:.2f} s ({burst.num_requests} at once)" for burst in bursts
    )
