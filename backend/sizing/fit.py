"""Fitting a profile's flags to the memory that a card has left, and cards to a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.sizing.gpu import Gpu
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
    changes: list[Change] = []
    for step in (_fit_share, _fit_max_num_seqs, _fit_max_model_len):
        flags, change = step(shape, flags, total_bytes, free_bytes)
        if change is not None:
            changes.append(change)
    return FittedFlags(flags=flags, changes=tuple(changes))


def choose_parallelism(gpus: Sequence[Gpu], shape: ModelShape, flags: EngineFlags) -> Parallelism:
    """One engine over several cards where one is too small, otherwise one engine for each card.

    Too small: a request of `max_model_len` tokens does not fit. The fewest cards that hold one are
    taken, else as many as there are; `fit_flags` then shortens the context.

    Args:
        gpus: at least one card.
        shape: the model.
        flags: the profile's wish.
    """
    smallest = min(gpu.total_bytes for gpu in gpus)
    sizes = [
        size
        for size in (1, 2, 4, 8, 16)
        if size <= len(gpus) and shape.num_attention_heads % size == 0
    ]
    for size in sizes:
        memory = plan_memory(shape, replace(flags, tensor_parallel_size=size), smallest)
        if memory.longest_context >= min(flags.max_model_len, shape.max_position_embeddings):
            return _parallelism(size, len(gpus))
    return _parallelism(sizes[-1], len(gpus))


def _parallelism(tensor_parallel_size: int, num_cards: int) -> Parallelism:
    if num_cards == 1:
        reason = "there is one card"
    elif tensor_parallel_size == 1:
        reason = "the model fits on each card, so each serves people of its own"
    else:
        reason = f"one card is too small for the model: {tensor_parallel_size} hold it together"
    return Parallelism(
        tensor_parallel_size=tensor_parallel_size,
        data_parallel_size=num_cards // tensor_parallel_size,
        reason=reason,
    )


_Step = tuple[EngineFlags, Change | None]


def _fit_share(
    _shape: ModelShape, flags: EngineFlags, total_bytes: int, free_bytes: int | None
) -> _Step:
    """The share of the whole card that is free, in whole percent."""
    if free_bytes is None:
        return flags, None
    free_percent = math.floor(100 * (free_bytes - _SPARE_BYTES) / total_bytes)
    share = max(0, free_percent) / 100
    if share >= flags.gpu_memory_utilization:
        return flags, None
    held = f"{in_gib(total_bytes - free_bytes)} of {in_gib(total_bytes)}"
    change = _change(
        "gpu-memory-utilization",
        flags.gpu_memory_utilization,
        share,
        f"{held} are taken by something else",
    )
    return replace(flags, gpu_memory_utilization=share), change


def _fit_max_num_seqs(
    shape: ModelShape, flags: EngineFlags, total_bytes: int, _free_bytes: int | None
) -> _Step:
    fitting = fitting_max_num_seqs(shape, flags, total_bytes)
    if fitting >= flags.max_num_seqs:
        return flags, None
    reason = "more people at once would push each other out of the KV cache"
    change = _change("max-num-seqs", flags.max_num_seqs, fitting, reason)
    return with_max_num_seqs(flags, fitting), change


def _fit_max_model_len(
    shape: ModelShape, flags: EngineFlags, total_bytes: int, _free_bytes: int | None
) -> _Step:
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
