"""How long vLLM may take to end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long vLLM may take, in seconds, before SIGKILL.

    `stop_seconds`: to end after SIGTERM, beyond its own `--shutdown-timeout`.
    `stop_loading_seconds`: the same before it serves, when there is nothing to finish and vLLM
    0.32 often ignores SIGTERM. `doomed_seconds`: to end, or to say something, after its log said
    that the start has failed.
    """

    stop_seconds: float = 10.0
    stop_loading_seconds: float = 1.0
    doomed_seconds: float = 15.0
