"""The answer: what takes the memory, how many people fit, how fast it can be at best."""

from __future__ import annotations

from dataclasses import dataclass

from backend.plan.request import PlanRequest
from backend.sizing.card import Card
from backend.sizing.cards import card_for
from backend.sizing.errors import SizingError
from backend.sizing.gpu import Gpu
from backend.sizing.memory import EngineFlags, MemoryPlan, plan_cpu_memory, plan_memory
from backend.sizing.model import ModelShape
from backend.sizing.profiles import ProfileChoice, choose_profile
from backend.sizing.recommend import (
    CAPTURE_SIZES,
    TYPICAL_TOKENS,
    default_max_num_batched_tokens,
    fitting_max_num_seqs,
    memory_share,
    with_max_num_seqs,
)
from backend.sizing.speed import decode_floor_seconds, prefill_floor_seconds
from backend.sizing.units import GIB, divide_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the planner found; `card` is `None` for the CPU engine, unknown speeds are `None`.

    `memory` is that of one card. `max_users` people have `context` tokens each at once, on all
    cards together; `max_typical_users` have `TYPICAL_TOKENS` each.
    """

    request: PlanRequest
    shape: ModelShape
    card: Card | None
    flags: EngineFlags
    memory: MemoryPlan
    max_users: int
    max_typical_users: int
    decode_floor_seconds: float | None
    prefill_floor_seconds: float | None
    profile: ProfileChoice
    notes: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether all people have their whole context in the KV cache at once."""
        return self.max_users >= self.request.users


def find_answer(request: PlanRequest, shape: ModelShape) -> Answer:
    """Plan a model for a card and a number of people.

    Raises:
        SizingError: the context is longer than the model takes, the card is unknown or too old, or
            the attention heads cannot be shared by that many cards.
    """
    if request.context > shape.max_position_embeddings:
        raise SizingError(
            f"--context {request.context:,} is more than the model takes: "
            f"{shape.max_position_embeddings:,} tokens."
        )
    if shape.num_attention_heads % request.tensor_parallel_size:
        raise SizingError(
            f"--tensor-parallel-size {request.tensor_parallel_size} does not divide the model's "
            f"{shape.num_attention_heads} attention heads."
        )
    return _on_cpu(request, shape) if request.on_cpu else _on_card(request, shape)


def _on_card(request: PlanRequest, shape: ModelShape) -> Answer:
    card = card_for(request.gpu, request.memory_gib, request.compute_capability)
    gpu = Gpu(
        name=card.name,
        total_bytes=card.memory_bytes,
        compute_capability=card.compute_capability,
    )
    profile = choose_profile([gpu])
    flags = _flags(request, shape, card)
    memory = plan_memory(shape, flags, card.memory_bytes)
    copies = request.data_parallel_size
    busiest = min(divide_up(request.users, copies), max(1, memory.num_users(request.context)))
    notes = () if card.known else (f"{card.name} is not in the card table: no speed is known.",)
    return Answer(
        request=request,
        shape=shape,
        card=card,
        flags=flags,
        memory=memory,
        max_users=memory.num_users(request.context) * copies,
        max_typical_users=memory.num_users(TYPICAL_TOKENS) * copies,
        decode_floor_seconds=decode_floor_seconds(
            shape, card, flags, num_users=busiest, context=request.context
        ),
        prefill_floor_seconds=prefill_floor_seconds(shape, card, flags, request.context),
        profile=profile,
        notes=request.notes + notes,
    )


def _on_cpu(request: PlanRequest, shape: ModelShape) -> Answer:
    memory = plan_cpu_memory(shape, round(request.kv_cache_gib * GIB), request.context)
    flags = EngineFlags(
        max_model_len=request.context,
        max_num_seqs=request.max_num_seqs or 128,
        max_num_batched_tokens=request.max_num_batched_tokens or 2048,
        gpu_memory_utilization=1.0,
        num_capture_sizes=0,
    )
    return Answer(
        request=request,
        shape=shape,
        card=None,
        flags=flags,
        memory=memory,
        max_users=memory.num_users(request.context),
        max_typical_users=memory.num_users(TYPICAL_TOKENS),
        decode_floor_seconds=None,
        prefill_floor_seconds=None,
        profile=choose_profile([]),
        notes=request.notes,
    )


def _flags(request: PlanRequest, shape: ModelShape, card: Card) -> EngineFlags:
    """The flags to plan for: those asked for, else as a profile has them."""
    flags = EngineFlags(
        max_model_len=request.context,
        max_num_seqs=1,
        max_num_batched_tokens=request.max_num_batched_tokens
        or default_max_num_batched_tokens(card),
        gpu_memory_utilization=request.gpu_memory_utilization or memory_share(card.memory_gib),
        num_capture_sizes=1,
        kv_cache_dtype=request.kv_cache_dtype,
        tensor_parallel_size=request.tensor_parallel_size,
    )
    if request.max_num_seqs is not None:
        return with_max_num_seqs(flags, request.max_num_seqs)
    typical = fitting_max_num_seqs(shape, flags, card.memory_bytes)
    return with_max_num_seqs(flags, max(typical, _batch_for(request)))


def _batch_for(request: PlanRequest) -> int:
    """The smallest captured batch that serves everybody at once."""
    users = divide_up(request.users, request.data_parallel_size)
    return next((size for size in CAPTURE_SIZES if size >= users), users)
