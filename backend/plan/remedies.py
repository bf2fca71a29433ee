"""What to change when not everybody fits, the least loss first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backend.plan.answer import Answer, find_answer
from backend.sizing.model import ModelShape
from backend.sizing.recommend import TYPICAL_TOKENS
from backend.sizing.units import GIB, divide_up, round_down
from backend.sizing.weights import FP8, GPTQ, SIXTEEN_BIT, WeightFormat

_SHORTEST_CONTEXT = 256  # tokens; less is no conversation
_MAX_CARDS = 8  # of one host
_SHORTER_COSTS = "older messages are left out sooner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One change, in the planner's and vLLM's words, and how many people then fit."""

    change: str
    cost: str
    max_users: int
    fits: bool


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """A quantized checkpoint of a model, and what it costs."""

    weight_format: WeightFormat
    kind: str
    cost: str

    @property
    def change(self) -> str:
        return f"{self.kind} checkpoint of the model, without --quantization"

    def of(self, shape: ModelShape) -> ModelShape:
        return replace(shape, weight_format=self.weight_format)


def find_remedies(answer: Answer) -> tuple[Remedy, ...]:
    """Changes that let more people in, each by itself, in the order to try them.

    A shorter context, an fp8 cache, a quantized checkpoint, that and a shorter context where
    neither is enough, more cards. Empty where all fit.
    """
    if answer.fits:
        return ()
    steps = (_shorter_context, _fp8_cache, _quantized_checkpoint, _both, _more_cards)
    remedies = [remedy for step in steps for remedy in step(answer)]
    return tuple(remedy for remedy in remedies if remedy.max_users > answer.max_users)


def _shorter_context(answer: Answer) -> Iterator[Remedy]:
    context = _fitting_context(answer)
    if _SHORTEST_CONTEXT <= context < answer.request.context:
        yield _remedy(
            find_answer(replace(answer.request, context=context), answer.shape),
            change=f"--context {context}",
            cost=_SHORTER_COSTS,
        )


def _fitting_context(answer: Answer) -> int:
    """The longest context of which everybody has one."""
    memory, request = answer.memory, answer.request
    users = divide_up(request.users, request.data_parallel_size)
    context = memory.num_blocks // users * memory.block_size
    return round_down(context, 1024) if context > 2048 else context


def _fp8_cache(answer: Answer) -> Iterator[Remedy]:
    if answer.card is None or not answer.card.has_fp8 or answer.flags.kv_cache_dtype == "fp8":
        return
    yield _remedy(
        find_answer(replace(answer.request, kv_cache_dtype="fp8"), answer.shape),
        change="--kv-cache-dtype fp8",
        cost="some accuracy, most at long contexts",
    )


def _quantized_checkpoint(answer: Answer) -> Iterator[Remedy]:
    for checkpoint in _checkpoints(answer):
        changed = find_answer(answer.request, checkpoint.of(answer.shape))
        yield _remedy(changed, change=checkpoint.change, cost=checkpoint.cost)


def _both(answer: Answer) -> Iterator[Remedy]:
    """A quantized checkpoint with a shorter context, for those whom neither alone lets in."""
    if _fitting_context(answer) >= TYPICAL_TOKENS:
        return
    for checkpoint in _checkpoints(answer):
        quantized = find_answer(answer.request, checkpoint.of(answer.shape))
        context = _fitting_context(quantized)
        if TYPICAL_TOKENS <= context < answer.request.context:
            yield _remedy(
                find_answer(replace(answer.request, context=context), quantized.shape),
                change=f"{checkpoint.change}, and --context {context}",
                cost=f"{checkpoint.cost}; {_SHORTER_COSTS}",
            )


def _checkpoints(answer: Answer) -> Iterator[_Checkpoint]:
    if answer.card is None or answer.shape.weight_format != SIXTEEN_BIT:
        return
    if answer.card.has_fp8:
        yield _Checkpoint(FP8, "an FP8", "hardly any accuracy, and it is faster")
    yield _Checkpoint(GPTQ, "a 4 bit (GPTQ or AWQ)", "some accuracy, and on a large card speed")


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
