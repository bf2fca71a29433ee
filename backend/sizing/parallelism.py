"""How several cards share the work, and which of them have room for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backend.sizing.fit import free_share
from backend.sizing.gpu import Gpu
from backend.sizing.memory import EngineFlags, plan_memory
from backend.sizing.model import ModelShape

_LEAST_TOKENS = 1024  # of a card on which vLLM is worth starting


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallelism:
    """How several cards share the work, and one sentence that says why.

    `gpus` are the cards that do, in their order: one without room would only hinder the others,
    since all have the same share of their memory.
    """

    gpus: tuple[Gpu, ...]
    tensor_parallel_size: int
    data_parallel_size: int
    reason: str


def choose_parallelism(gpus: Sequence[Gpu], shape: ModelShape, flags: EngineFlags) -> Parallelism:
    """One engine over several cards where one is too small, otherwise one engine for each card.

    Too small: a request of `max_model_len` tokens does not fit, were the card free. The fewest
    cards that hold one are taken, else as many as there are; `fit_flags` then shortens the context.

    Args:
        gpus: at least one card, all of known memory.
        shape: the model.
        flags: the profile's wish.
    """
    length = min(flags.max_model_len, shape.max_position_embeddings)
    sizes = [
        size
        for size in (1, 2, 4, 8, 16)
        if size <= len(gpus) and shape.num_attention_heads % size == 0
    ]
    with_room: list[Parallelism] = []
    for size in sizes:
        wish = replace(flags, tensor_parallel_size=size)
        chosen = max(_selections(gpus, wish), key=lambda cards: _num_tokens(cards, shape, wish))
        if _num_tokens(chosen, shape, wish) == 0:
            continue
        with_room.append(_parallelism(chosen, size))
        if min(_longest_contexts(chosen, shape, wish)) >= length:
            return with_room[-1]
    return with_room[-1] if with_room else _parallelism(gpus, sizes[-1])


def _selections(gpus: Sequence[Gpu], wish: EngineFlags) -> Iterator[list[Gpu]]:
    """All cards, and ever fewer without those that have least, in whole groups."""
    size = wish.tensor_parallel_size

    def usable_bytes(gpu: Gpu) -> float:
        return free_share([gpu], wish.gpu_memory_utilization) * gpu.known_bytes

    order = sorted(range(len(gpus)), key=lambda place: usable_bytes(gpus[place]), reverse=True)
    for count in range(len(gpus) // size * size, 0, -size):
        yield [gpus[place] for place in sorted(order[:count])]


def _num_tokens(gpus: Sequence[Gpu], shape: ModelShape, wish: EngineFlags) -> int:
    """What all cards hold of KV cache with the share that is free on each; 0: one has no room."""
    share = free_share(gpus, wish.gpu_memory_utilization)
    contexts = _longest_contexts(gpus, shape, replace(wish, gpu_memory_utilization=share))
    return sum(contexts) if min(contexts) >= _LEAST_TOKENS else 0


def _longest_contexts(gpus: Sequence[Gpu], shape: ModelShape, flags: EngineFlags) -> list[int]:
    return [plan_memory(shape, flags, gpu.known_bytes).longest_context for gpu in gpus]


def _parallelism(gpus: Sequence[Gpu], tensor_parallel_size: int) -> Parallelism:
    if len(gpus) == 1:
        reason = "there is one card"
    elif tensor_parallel_size == 1:
        reason = "the model fits on each card, so each serves people of its own"
    else:
        reason = f"one card is too small for the model: {tensor_parallel_size} hold it together"
    return Parallelism(
        gpus=tuple(gpus),
        tensor_parallel_size=tensor_parallel_size,
        data_parallel_size=len(gpus) // tensor_parallel_size,
        reason=reason,
    )
