"""The answer in plain words, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from backend.plan.answer import Answer
from backend.plan.remedies import Remedy
from backend.sizing.memory import longest_model_len
from backend.sizing.recommend import TYPICAL_TOKENS
from backend.sizing.units import GIB


def as_text(answer: Answer, remedies: tuple[Remedy, ...]) -> str:
    """The whole answer for a person at a terminal."""
    parts = [_title(answer), "", *_memory(answer), "", *_people(answer)]
    if remedies:
        parts += ["", "To change, in this order (each by itself):", *_changes(remedies)]
    if answer.card is not None and answer.memory.num_blocks:
        parts += ["", *_speed(answer)]
    if answer.request.with_profile:
        parts += ["", *_profile(answer)]
    if answer.notes:
        parts += ["", *answer.notes]
    return "\n".join(parts)


def as_json(answer: Answer, remedies: tuple[Remedy, ...]) -> dict[str, Any]:
    """The same as values: bytes, tokens, seconds; unknown is `None`."""
    memory, request = answer.memory, answer.request
    return {
        "gpu": answer.card.name if answer.card else "cpu",
        "gpu_known": answer.card.known if answer.card else True,
        "model": request.model,
        "weight_format": answer.shape.weight_format.name,
        "context": request.context,
        "users": request.users,
        "fits": answer.fits,
        "max_users": answer.max_users,
        "max_typical_users": answer.max_typical_users,
        "typical_tokens": TYPICAL_TOKENS,
        "num_kv_cache_tokens": memory.num_kv_cache_tokens,
        "longest_context": memory.longest_context,
        "memory": _memory_values(answer),
        "flags": asdict(answer.flags),
        "decode_floor_seconds": answer.decode_floor_seconds,
        "prefill_floor_seconds": answer.prefill_floor_seconds,
        "profile": asdict(answer.profile),
        "remedies": [asdict(remedy) for remedy in remedies],
        "notes": list(answer.notes),
    }


def _memory_values(answer: Answer) -> dict[str, int]:
    memory = answer.memory
    return {
        "total_bytes": memory.total_bytes,
        "requested_bytes": memory.requested_bytes,
        "weights_bytes": memory.weights_bytes,
        "activation_bytes": memory.activation_bytes,
        "graph_bytes": memory.graph_bytes,
        "runtime_bytes": memory.runtime_bytes,
        "kv_cache_bytes": memory.kv_cache_bytes,
        "kv_bytes_per_token": memory.bytes_per_token,
    }


def _title(answer: Answer) -> str:
    where = "the CPU"
    if answer.card is not None:
        where = f"{answer.card.name}, {answer.card.memory_gib:.1f} GiB"
    request = answer.request
    num_cards = request.tensor_parallel_size * request.data_parallel_size
    cards = f"{num_cards} × " if num_cards > 1 else ""
    return f"{request.model} ({answer.shape.weight_format.name}) on {cards}{where}"


def _memory(answer: Answer) -> Iterator[str]:
    memory = answer.memory
    rows = [("weights", memory.weights_bytes, "")]
    if answer.card is not None:
        share = f"{100 * (1 - answer.flags.gpu_memory_utilization):.0f} % for others"
        rows = [
            ("left free", memory.total_bytes - memory.requested_bytes, share),
            *rows,
            ("activations", memory.activation_bytes, "largest step and sampler"),
            ("CUDA graphs", memory.graph_bytes, f"{answer.flags.num_capture_sizes} sizes"),
            ("runtime", memory.runtime_bytes, "kernels and their workspaces"),
        ]
    cache = (
        f"{memory.num_kv_cache_tokens:,} tokens at {memory.bytes_per_token / 1024:g} KiB"
        if memory.num_blocks
        else "nothing is left for it"
    )
    rows.append(("KV cache", memory.kv_cache_bytes, cache))
    for name, num_bytes, remark in rows:
        yield f"  {name:<12}{num_bytes / GIB:>6.1f} GiB  {remark}".rstrip()


def _people(answer: Answer) -> Iterator[str]:
    request = answer.request
    asked = f"{_count(request.users)} with {request.context:,} tokens each"
    if answer.fits:
        yield f"Fits: {asked}; up to {answer.max_users:,} would."
    elif answer.memory.num_blocks == 0:
        yield f"Does not fit: {asked}. The model alone is too large for this share of the card."
    else:
        yield f"Does not fit: {asked}. {answer.max_users:,} would; the others wait their turn."
    if answer.memory.num_blocks:
        yield (
            f"With {TYPICAL_TOKENS:,} tokens each (a question of 1,024, a reply of 256): "
            f"{_count(answer.max_typical_users)}. The longest single conversation: "
            f"{answer.memory.longest_context:,} tokens."
        )


def _changes(remedies: tuple[Remedy, ...]) -> Iterator[str]:
    for number, remedy in enumerate(remedies, start=1):
        then = "all fit" if remedy.fits else f"{remedy.max_users:,} fit"
        yield f"  {number}. {remedy.change}: {then}. Costs: {remedy.cost}."


def _speed(answer: Answer) -> Iterator[str]:
    yield "No engine is faster on this card than:"
    decode, prefill = answer.decode_floor_seconds, answer.prefill_floor_seconds
    if decode is None or prefill is None:
        yield "  — (its bandwidth and rate are not known)"
        return
    yield f"  {decode * 1000:.1f} ms a token (TPOT), so {1 / decode:,.0f} tokens a second each"
    yield f"  {prefill:.2f} s to the first token (TTFT) of a prompt of {answer.request.context:,}"


def _profile(answer: Answer) -> Iterator[str]:
    yield f"Profile: config/profiles/{answer.profile.name}.yaml ({answer.profile.reason})"
    if answer.card is None or answer.memory.num_blocks == 0:
        return
    longest = longest_model_len(answer.memory, answer.shape)
    max_model_len = min(answer.request.context, longest)
    yield f"  --max-model-len {max_model_len} --max-num-seqs {answer.flags.max_num_seqs}"


def _count(people: int) -> str:
    return "1 person" if people == 1 else f"{people:,} people"
