"""What to change when not everybody fits, the least loss first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backend.plan.answer import Answer, find_answer
from backend.sizing.units import GIB, divide_up, round_down
from backend.sizing.weights import FP8, GPTQ, SIXTEEN_BIT, WeightFormat

_SHORTEST_CONTEXT = 256  # tokens; less is no conversation
_MAX_CARDS = 8  # of one host


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One change, in the planner's and vLLM's words, and how many people then fit."""

    change: str
    cost: str
    max_users: int
    fits: bool


def find_remedies(answer: Answer) -> tuple[Remedy, ...]:
    """Changes that let more people in, each by itself, in the order to try them.

    A shorter context, an fp8 cache, a quantized checkpoint, more cards. Empty where all fit.
    """
    if answer.fits:
        return ()
    steps = (_shorter_context, _fp8_cache, _quantized_checkpoint, _more_cards)
    remedies = [remedy for step in steps for remedy in step(answer)]
    return tuple(remedy for remedy in remedies if remedy.max_users > answer.max_users)


def _shorter_context(answer: Answer) -> Iterator[Remedy]:
    memory, request = answer.memory, answer.request
    users = divide_up(request.users, request.data_parallel_size)
    context = memory.num_blocks // users * memory.block_size
    context = round_down(context, 1024) if context > 2048 else context
    if _SHORTEST_CONTEXT <= context < request.context:
        yield _remedy(
            find_answer(replace(request, context=context), answer.shape),
            change=f"--context {context}",
            cost="older messages are left out sooner",
        )


def _fp8_cache(answer: Answer) -> Iterator[Remedy]:
    if answer.card is None or not answer.card.has_fp8 or answer.flags.kv_cache_dtype == "fp8":
        return
    yield _remedy(
        find_answer(replace(answer.request, kv_cache_dtype="fp8"), answer.shape),
        change="--kv-cache-dtype fp8",
        cost="some accuracy, most at long contexts",
    )


def _quantized_checkpoint(answer: Answer) -> Iterator[Remedy]:
    if answer.card is None or answer.shape.weight_format != SIXTEEN_BIT:
        return
    if answer.card.has_fp8:
        yield _checkpoint(answer, FP8, "hardly any accuracy, and it is faster")
    yield _checkpoint(answer, GPTQ, "some accuracy, and on a large card speed")


def _checkpoint(answer: Answer, weight_format: WeightFormat, cost: str) -> Remedy:
    shape = replace(answer.shape, weight_format=weight_format)
    kind = "a 4 bit (GPTQ or AWQ)" if weight_format.is_4_bit else "an FP8"
    change = f"{kind} checkpoint of the model, without --quantization"
    return _remedy(find_answer(answer.request, shape), change=change, cost=cost)


def _more_cards(answer: Answer) -> Iterator[Remedy]:
    """One model over several cards where one is too small, otherwise a copy on each."""
    if answer.card is None:
        yield _larger_cpu_cache(answer)
        return
    request, shape = answer.request, answer.shape
    per_card = answer.max_users // request.data_parallel_size
    if per_card:
        copies = divide_up(request.users, per_card)
        yield _remedy(
            find_answer(replace(request, data_parallel_size=copies), shape),
            change=f"--data-parallel-size {copies}",
            cost=f"{copies} cards, each with a copy of the model",
        )
        return
    size = request.tensor_parallel_size * 2
    while size <= _MAX_CARDS and shape.num_attention_heads % size == 0:
        larger = find_answer(replace(request, tensor_parallel_size=size), shape)
        if larger.max_users:
            cost = f"{size} cards that hold the model together"
            yield _remedy(larger, change=f"--tensor-parallel-size {size}", cost=cost)
            return
        size *= 2


def _larger_cpu_cache(answer: Answer) -> Remedy:
    request, memory = answer.request, answer.memory
    blocks = request.users * divide_up(request.context, memory.block_size)
    size = divide_up(blocks * memory.block_size * memory.bytes_per_token, GIB)
    return _remedy(
        find_answer(replace(request, kv_cache_gib=size), answer.shape),
        change=f"VLLM_CPU_KVCACHE_SPACE={size}",
        cost=f"{size} GiB of main memory for the KV cache",
    )


def _remedy(changed: Answer, *, change: str, cost: str) -> Remedy:
    return Remedy(change=change, cost=cost, max_users=changed.max_users, fits=changed.fits)
