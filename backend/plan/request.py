"""What is asked: the planner's arguments, in vLLM's own words where it has them."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import NoReturn

from backend.sizing.errors import SizingError
from backend.sizing.units import explain_token_count, parse_token_count
from backend.sizing.weights import BY_FLAG


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """One question; `None`, and an empty `model`, where the planner chooses as a profile would."""

    gpu: str
    model: str
    context: int
    users: int
    quantization: str | None = None
    kv_cache_dtype: str = "auto"
    gpu_memory_utilization: float | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    tensor_parallel_size: int = 1
    data_parallel_size: int = 1
    memory_gib: float | None = None
    compute_capability: tuple[int, int] | None = None
    kv_cache_gib: float = 4
    as_json: bool = False
    with_profile: bool = False
    notes: tuple[str, ...] = ()

    @property
    def on_cpu(self) -> bool:
        """Whether the CPU engine is meant."""
        return self.gpu.strip().lower() == "cpu"


_COUNTS = (
    "users",
    "max_num_seqs",
    "max_num_batched_tokens",
    "tensor_parallel_size",
    "data_parallel_size",
)
_SIZES = ("memory_gib", "kv_cache_gib")


class _Parser(argparse.ArgumentParser):
    """Argparse whose errors are ours: one sentence, no usage in front of it."""

    def error(self, message: str) -> NoReturn:
        raise SizingError(f"{message[0].upper()}{message[1:]} (--help lists all arguments).")


def read_request(arguments: list[str]) -> PlanRequest:
    """The request that a command line makes.

    Raises:
        SizingError: an argument is missing, unknown, or out of its range.
    """
    values = _parser().parse_args(arguments)
    _check_numbers(values)
    _check_share(values.gpu_memory_utilization)
    note = explain_token_count(values.context)
    return PlanRequest(
        gpu=values.gpu,
        model=values.model,
        context=parse_token_count(values.context),
        users=values.users,
        quantization=values.quantization,
        kv_cache_dtype=values.kv_cache_dtype,
        gpu_memory_utilization=values.gpu_memory_utilization,
        max_num_seqs=values.max_num_seqs,
        max_num_batched_tokens=values.max_num_batched_tokens,
        tensor_parallel_size=values.tensor_parallel_size,
        data_parallel_size=values.data_parallel_size,
        memory_gib=values.memory_gib,
        compute_capability=_read_capability(values.compute_capability),
        kv_cache_gib=values.kv_cache_gib,
        as_json=values.json,
        with_profile=values.profile,
        notes=(note,) if note else (),
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m backend.plan",
        description="Does a model fit a card, for how many people, and what to change if not.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--gpu", required=True, help='the card ("RTX 4090", "A100 40GB"), or cpu')
    add("--model", default="", help="a hub id or a folder (default: what the stack runs there)")
    add("--context", default="8K", help="tokens of one conversation: 8192, 32K, 32k (default 8K)")
    add("--users", type=int, default=1, help="people at once (default 1)")
    add("--quantization", choices=sorted(BY_FLAG), help="plan for a checkpoint of this kind")
    add("--kv-cache-dtype", choices=("auto", "fp8"), default="auto")
    add("--gpu-memory-utilization", type=float, help="share of the whole card (default 0.9–0.92)")
    add("--max-num-seqs", type=int)
    add("--max-num-batched-tokens", type=int)
    add("--tensor-parallel-size", type=int, default=1, help="cards that hold one model together")
    add("--data-parallel-size", type=int, default=1, help="cards that hold a copy each")
    add("--memory-gib", type=float, help="the card's memory, for one that the table does not know")
    add("--compute-capability", help="the same, such as 8.9")
    add("--kv-cache-gib", type=float, default=4, help="with --gpu cpu: the KV cache in main memory")
    add("--profile", action="store_true", help="name the profile and the flags for it, too")
    add("--json", action="store_true", help="print JSON")
    return parser


def _check_numbers(values: argparse.Namespace) -> None:
    for name in _COUNTS:
        value = getattr(values, name)
        if value is not None and value < 1:
            raise SizingError(f"--{name.replace('_', '-')} is {value}; it must be at least 1.")
    for name in _SIZES:
        value = getattr(values, name)
        if value is not None and not value > 0:
            raise SizingError(f"--{name.replace('_', '-')} is {value}; it must be above 0.")


def _check_share(share: float | None) -> None:
    if share is not None and not 0 < share <= 1:
        raise SizingError(
            f"--gpu-memory-utilization is {share}; it is a share of the whole card, "
            "above 0 and at most 1 (0.92 is vLLM's default)."
        )


def _read_capability(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)\.(\d)", text.strip())
    if match is None:
        raise SizingError(f"--compute-capability is {text!r}; it has the form 8.9.")
    return int(match[1]), int(match[2])
