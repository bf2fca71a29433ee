"""What a line of vLLM's log says about its start: pure functions, vLLM 0.32's wording.

The wording moves between versions, so patterns are short and loose; a line that fits none of them
says nothing. The order of the phases is the contract's; a start only moves forward in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The contract's phases, in order."""

    STARTING = "starting"
    DOWNLOADING = "downloading"
    LOADING_WEIGHTS = "loading_weights"
    COMPILING = "compiling"
    ALLOCATING_KV_CACHE = "allocating_kv_cache"
    CAPTURING_GRAPHS = "capturing_graphs"
    SERVING = "serving"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """The place in the order."""
        return _ORDER[self]


_ORDER = {phase: rank for rank, phase in enumerate(Phase)}

_PHASES: tuple[tuple[re.Pattern[str], Phase], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), phase)
    for pattern, phase in (
        (r"application startup complete|starting vllm (api )?server", Phase.SERVING),
        (r"capturing cuda ?graphs?\b|graph capturing", Phase.CAPTURING_GRAPHS),
        (
            r"available kv cache memory|[cg]pu kv cache size|\bgib\b.* for kv cache",
            Phase.ALLOCATING_KV_CACHE,
        ),
        (
            r"bytecode transform|aot compil|compiling a graph|compiled graph|compile range"
            r"|warming up model for the compilation|torch\.compile took",
            Phase.COMPILING,
        ),
        (
            r"starting to load model|checkpoint shards|loading (model )?weights"
            r"|time spent downloading",
            Phase.LOADING_WEIGHTS,
        ),
        (r"downloading|fetching \d+ files", Phase.DOWNLOADING),
    )
)

_STARTS_TO_LOAD = re.compile(r"starting to load model", re.IGNORECASE)

# After these a start cannot succeed, and yet the server may live on (seen with 0.32.0 and a missing
# compiler: it polls a dead engine core for ten minutes and ignores SIGTERM).
_DOOMED = re.compile(r"enginecore failed to start|engine core initialization failed", re.I)

_JIT_COMPILATION = re.compile(r"jit compilation during inference", re.IGNORECASE)

# `  50% Completed | 1/2`, `Capturing CUDA graphs (FULL):  20%|██   | 7/35 [00:01<…`
_PERCENT = re.compile(r"\b(\d{1,3})%(?:\||\s+completed)", re.IGNORECASE)
# The second is what is left of `--max-model-len auto` when the cache is small.
_MAX_MODEL_LEN = re.compile(r"(?:using max model len|maximum concurrency for) ([\d,]+)", re.I)
_KV_CACHE_TOKENS = re.compile(r"kv cache size: ([\d,]+) tokens", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one line says; unknown is `None`.

    `fraction` is 0..1 of its phase; `doomed`: this start cannot succeed any more;
    `is_jit_compilation`: a kernel was compiled while a request waited for it.
    """

    phase: Phase | None = None
    fraction: float | None = None
    max_model_len: int | None = None
    num_kv_cache_tokens: int | None = None
    doomed: bool = False
    is_jit_compilation: bool = False


def read_line(line: str, *, from_hub: bool = False) -> Sighting:
    """What a line of the log says; an unknown line says nothing.

    `from_hub`: the model comes from a hub. vLLM 0.32 downloads without a word, between the line
    that it starts to load the model and the first line about weights.
    """
    phase = next((phase for pattern, phase in _PHASES if pattern.search(line)), None)
    if from_hub and _STARTS_TO_LOAD.search(line):
        phase = Phase.DOWNLOADING
    return Sighting(
        phase=phase,
        fraction=_fraction(line) if phase else None,
        max_model_len=_count(_MAX_MODEL_LEN, line),
        num_kv_cache_tokens=_count(_KV_CACHE_TOKENS, line),
        doomed=_DOOMED.search(line) is not None,
        is_jit_compilation=_JIT_COMPILATION.search(line) is not None,
    )


def _fraction(line: str) -> float | None:
    match = _PERCENT.search(line)
    return min(int(match[1]) / 100, 1.0) if match else None


def _count(pattern: re.Pattern[str], line: str) -> int | None:
    match = pattern.search(line)
    return int(match[1].replace(",", "")) if match else None
