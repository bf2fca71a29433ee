"""Fitting a profile's flags to the memory that a card has left, and cards to a model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from backend.sizing.errors import DoesNotFitError
from backend.sizing.hardware import Hardware
from backend.sizing.memory import EngineFlags, longest_model_len, plan_memory
from backend.sizing.model import ModelShape
from backend.sizing.recommend import fitting_max_num_seqs, with_max_num_seqs
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallelism:
    """How several cards share the work, and one sentence that says why."""

    tensor_parallel_size: int
    data_parallel_size: int
    reason: str


def fit_flags(
    shape: ModelShape, flags: EngineFlags, *, total_bytes: int, free_bytes: int | None = None
) -> FittedFlags:
    """Lower flags until vLLM starts with them: the memory share first, the lengths last.

    That order keeps vLLM's compile cache, whose key holds lengths and batch, not the share. Flags
    are never raised: a profile is a wish, and the card only takes from it.

    Args:
        shape: the model.
        flags: the profile's wish.
        total_bytes: the card's memory as CUDA reports it.
        free_bytes: of that, what no other process holds; `None` if unknown.

    Raises:
        DoesNotFitError: not even 1,024 tokens fit.
    """
    wish, changes = flags, []
    share = _free_share(total_bytes, free_bytes)
    if share < flags.gpu_memory_utilization:
        flags = replace(flags, gpu_memory_utilization=share)
        held = in_gib(total_bytes - (free_bytes or 0))
        reason = f"{held} of {in_gib(total_bytes)} are taken by something else"
        changes.append(
            _change("gpu-memory-utilization", wish.gpu_memory_utilization, share, reason)
        )
    max_num_seqs = fitting_max_num_seqs(shape, flags, total_bytes)
    if max_num_seqs < flags.max_num_seqs:
        flags = with_max_num_seqs(flags, max_num_seqs)
        reason = "more people at once would push each other out of the KV cache"
        changes.append(_change("max-num-seqs", wish.max_num_seqs, max_num_seqs, reason))
    memory = plan_memory(shape, flags, total_bytes)
    longest = min(longest_model_len(memory, shape), flags.max_model_len)
    if longest < flags.max_model_len and memory.longest_context < flags.max_model_len:
        flags = replace(flags, max_model_len=longest)
        reason = f"the KV cache holds {memory.longest_context:,} tokens"
        changes.append(_change("max-model-len", wish.max_model_len, longest, reason))
    return FittedFlags(flags=flags, changes=tuple(changes))


def choose_parallelism(hardware: Hardware, shape: ModelShape, flags: EngineFlags) -> Parallelism:
    """One engine over several cards where one is too small, otherwise one engine for each card.

    Raises:
        DoesNotFitError: the model is too large for all cards together.
    """
    num_cards = len(hardware.gpus)
    smallest = min(gpu.total_bytes for gpu in hardware.gpus)
    size = 1
    while size <= num_cards:
        memory = plan_memory(shape, replace(flags, tensor_parallel_size=size), smallest)
        if memory.longest_context >= flags.max_model_len:
            return _parallelism(size, num_cards)
        size *= 2
    raise DoesNotFitError(
        f"{flags.max_model_len:,} tokens of context fit neither on one of the {num_cards} cards "
        "nor on all together: shorten max-model-len or take a quantized checkpoint."
    )


def _parallelism(tensor_parallel_size: int, num_cards: int) -> Parallelism:
    if num_cards == 1:
        reason = "there is one card"
    elif tensor_parallel_size == 1:
        reason = "the model fits on each card: copies share no work and lose no time"
    else:
        reason = f"one card is too small for the model: {tensor_parallel_size} hold it together"
    return Parallelism(
        tensor_parallel_size=tensor_parallel_size,
        data_parallel_size=num_cards // tensor_parallel_size,
        reason=reason,
    )


def _free_share(total_bytes: int, free_bytes: int | None) -> float:
    """The share of the whole card that is free, in whole percent; 1 where that is unknown."""
    if free_bytes is None:
        return 1.0
    return max(0.0, math.floor(100 * (free_bytes - _SPARE_BYTES) / total_bytes) / 100)


def _change(flag: str, before: float, after: float, reason: str) -> Change:
    return Change(flag=flag, before=before, after=after, reason=reason)
