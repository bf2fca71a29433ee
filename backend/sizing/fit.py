"""Fitting a profile's flags to the memory that a card has left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.sizing.gpu import Gpu
from backend.sizing.memory import EngineFlags, longest_model_len, plan_memory
from backend.sizing.model import ModelShape
from backend.sizing.recommend import TYPICAL_TOKENS, fitting_max_num_seqs, with_max_num_seqs
from backend.sizing.units import GIB, in_gib

# vLLM refuses to start where less than its share is free; other processes' memory moves a little.
_SPARE_BYTES = GIB // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A flag of vLLM that was lowered, and one sentence that says why."""

    flag: str
    before: float
    after: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFlags:
    """Flags that start on the card, and what had to change for that (nothing: no changes)."""

    flags: EngineFlags
    changes: tuple[Change, ...]


def fit_flags(shape: ModelShape, flags: EngineFlags, gpus: Sequence[Gpu]) -> FittedFlags:
    """Lower flags until vLLM starts with them: the memory share first, the lengths last.

    That order keeps vLLM's compile cache, whose key holds lengths and batch, not the share. Flags
    are never raised: a profile is a wish, and the card only takes from it.

    Args:
        shape: the model.
        flags: the profile's wish.
        gpus: the cards that are used, at least one, all of known memory.

    Raises:
        DoesNotFitError: not even 1,024 tokens fit.
    """
    total_bytes = min(gpu.known_bytes for gpu in gpus)
    flags, share = _fit_share(flags, gpus)
    flags, num_seqs = _fit_max_num_seqs(shape, flags, total_bytes)
    flags, model_len = _fit_max_model_len(shape, flags, total_bytes)
    changes = (change for change in (share, num_seqs, model_len) if change is not None)
    return FittedFlags(flags=flags, changes=tuple(changes))


def free_share(gpus: Sequence[Gpu], wish: float) -> float:
    """The share that vLLM may take of each of these cards, in whole percent; at most the wish."""
    shares = [
        math.floor(100 * (gpu.free_bytes - _SPARE_BYTES) / gpu.known_bytes)
        for gpu in gpus
        if gpu.free_bytes is not None
    ]
    free = max(0, min(shares, default=100)) / 100
    return min(free, wish)


_Step = tuple[EngineFlags, Change | None]


def _fit_share(flags: EngineFlags, gpus: Sequence[Gpu]) -> _Step:
    """The share that is free on the fullest card."""
    wish = flags.gpu_memory_utilization
    share = free_share(gpus, wish)
    if share >= wish:
        return flags, None
    fullest = min(gpus, key=lambda gpu: free_share([gpu], wish))
    total_bytes = fullest.known_bytes
    held = f"{in_gib(total_bytes - (fullest.free_bytes or 0))} of {in_gib(total_bytes)}"
    change = _change("gpu-memory-utilization", wish, share, f"{held} are taken by something else")
    return replace(flags, gpu_memory_utilization=share), change


def _fit_max_num_seqs(shape: ModelShape, flags: EngineFlags, total_bytes: int) -> _Step:
    memory = plan_memory(shape, flags, total_bytes)
    if memory.num_users(min(TYPICAL_TOKENS, flags.max_model_len)) >= flags.max_num_seqs:
        return flags, None
    fitting = fitting_max_num_seqs(shape, flags, total_bytes)
    if fitting >= flags.max_num_seqs:
        return flags, None
    reason = "more people at once would push each other out of the KV cache"
    change = _change("max-num-seqs", flags.max_num_seqs, fitting, reason)
    return with_max_num_seqs(flags, fitting), change


def _fit_max_model_len(shape: ModelShape, flags: EngineFlags, total_bytes: int) -> _Step:
    memory = plan_memory(shape, flags, total_bytes)
    limit = shape.max_position_embeddings
    if flags.max_model_len <= min(memory.longest_context, limit):
        return flags, None
    if memory.longest_context >= limit:
        fitting, reason = limit, f"the model takes no more than {limit:,} tokens"
    else:
        fitting = longest_model_len(memory, shape)
        reason = f"the KV cache holds {memory.longest_context:,} tokens"
    change = _change("max-model-len", flags.max_model_len, fitting, reason)
    return replace(flags, max_model_len=fitting), change


def _change(flag: str, before: float, after: float, reason: str) -> Change:
    return Change(flag=flag, before=before, after=after, reason=reason)
