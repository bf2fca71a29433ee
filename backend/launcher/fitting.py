"""Fits a profile's flags to the cards at hand: a profile is a wish, the card only takes from it.

Nothing is fitted that the person set in `WARMLINE_ENGINE_FLAGS`, nor for a model whose shape is
not known before its download, nor to a card whose memory is not told.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backend.launcher.flags import Flag, count_of, merge, value_of
from backend.launcher.hardware import Hardware
from backend.launcher.hub_cache import snapshots
from backend.sizing.errors import SizingError
from backend.sizing.fit import Change, fit_flags, free_share
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags
from backend.sizing.model import ModelShape, read_folder
from backend.sizing.parallelism import Parallelism, choose_parallelism
from backend.sizing.recommend import capture_sizes, max_num_queued_reqs
from backend.sizing.units import in_gib
from backend.sizing.weights import BY_FLAG, SIXTEEN_BIT

_CAPTURE_SIZES = "--cudagraph-capture-sizes"
_PARALLELISM = frozenset(
    {
        "--tensor-parallel-size",
        "--pipeline-parallel-size",
        "--data-parallel-size",
        "--device-ids",
        "--nnodes",
    }
)


def with_room(hardware: Hardware, flags: Sequence[Flag]) -> Hardware:
    """The machine with the cards that have room for the model; the flags are a wish, unfitted.

    All of them stay where the flags say how many are used, or too little is known to choose.
    """
    shape, wish = shape_of(flags), engine_flags(flags)
    if shape is None or wish is None or not _may_choose(hardware.gpus, flags):
        return hardware
    used = choose_parallelism(hardware.gpus, shape, wish).gpus
    others = [gpu for gpu in hardware.gpus if gpu not in used]
    return hardware.with_gpus(used, [_left_out(gpu, wish) for gpu in others])


def fit_to_cards(
    flags: Sequence[Flag], gpus: Sequence[Gpu], *, fixed: frozenset[str] = frozenset()
) -> tuple[Flag, ...]:
    """The flags that start on these cards, each changed one with its reason.

    Args:
        flags: the profile's and the person's, merged.
        gpus: the cards that vLLM uses; none, or one of unknown memory, and nothing is fitted.
        fixed: keys of flags that the person set: they stay.
    """
    if fixed & {"max-num-seqs", "data-parallel-size"}:
        flags = merge(flags, _followers(flags, fixed))
    shape, wish = shape_of(flags), engine_flags(flags)
    if not gpus or shape is None or wish is None or not _are_sized(gpus):
        return tuple(flags)
    spread: list[Flag] = []
    if _may_choose(gpus, flags):
        choice = choose_parallelism(gpus, shape, wish)
        wish = replace(wish, tensor_parallel_size=choice.tensor_parallel_size)
        gpus, spread = choice.gpus, _spread(choice)
    elif value_of(flags, "--device-ids") is None:  # the first ones, then
        gpus = gpus[: wish.tensor_parallel_size * (count_of(flags, "--data-parallel-size") or 1)]
    changed: list[Flag] = []
    with suppress(SizingError):  # too small for the formula: vLLM's own words say by how much
        fitted = fit_flags(shape, wish, gpus)
        changed = [_changed(change) for change in fitted.changes if change.flag not in fixed]
    flags = merge(flags, spread, changed)
    is_other_batch = bool(spread) or any(flag.name == "--max-num-seqs" for flag in changed)
    return merge(flags, _followers(flags, fixed)) if is_other_batch else flags


def shape_of(flags: Sequence[Flag]) -> ModelShape | None:
    """The shape of the model that the flags name; `None` where it is not known yet."""
    model = value_of(flags, "--model") or ""
    shape = KNOWN_MODELS.get(model) or _read(Path(model)) or _read_from_hub_cache(model)
    weight_format = BY_FLAG.get(value_of(flags, "--quantization") or "")
    if shape is not None and weight_format is not None and shape.weight_format is SIXTEEN_BIT:
        return replace(shape, weight_format=weight_format)
    return shape


def engine_flags(flags: Sequence[Flag]) -> EngineFlags | None:
    """The flags that decide memory; `None` where one of them is no number, or one that cannot be.

    Then nothing is fitted, and vLLM names what it refuses.
    """
    lengths = [
        count_of(flags, name)
        for name in ("--max-model-len", "--max-num-seqs", "--max-num-batched-tokens")
    ]
    share = _share(value_of(flags, "--gpu-memory-utilization"))
    captured = next((len(flag.values) for flag in flags if flag.name == _CAPTURE_SIZES), 0)
    # Stages hold a part of the layers each, which comes to the same as a part of each layer.
    parts = [
        count_of(flags, name) or 1
        for name in ("--tensor-parallel-size", "--pipeline-parallel-size")
    ]
    if share is None or not all(lengths):
        return None
    max_model_len, max_num_seqs, max_num_batched_tokens = (length or 0 for length in lengths)
    return EngineFlags(
        max_model_len=max_model_len,
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max_num_batched_tokens,
        gpu_memory_utilization=share,
        num_capture_sizes=captured,
        kv_cache_dtype=value_of(flags, "--kv-cache-dtype") or "auto",
        tensor_parallel_size=math.prod(parts),
    )


def _share(text: str | None) -> float | None:
    try:
        share = float(text or "")
    except ValueError:
        return None
    return share if 0 < share <= 1 else None


def _may_choose(gpus: Sequence[Gpu], flags: Sequence[Flag]) -> bool:
    """Whether it is open how several cards share the work."""
    says_how = any(flag.name in _PARALLELISM for flag in flags)
    return len(gpus) > 1 and _are_sized(gpus) and not says_how


def _are_sized(gpus: Sequence[Gpu]) -> bool:
    return all(gpu.total_bytes is not None for gpu in gpus)


def _left_out(gpu: Gpu, wish: EngineFlags) -> str:
    free_bytes = gpu.free_bytes
    if free_bytes is None or free_share([gpu], 1.0) >= wish.gpu_memory_utilization:
        return f"{gpu.name} is left out: the other cards serve the model better without it."
    free = f"{in_gib(free_bytes)} of {in_gib(gpu.known_bytes)}"
    return f"{gpu.name} is left out: only {free} are free on it, something else holds the rest."


def _spread(choice: Parallelism) -> list[Flag]:
    sizes = {
        "--tensor-parallel-size": choice.tensor_parallel_size,
        "--data-parallel-size": choice.data_parallel_size,
    }
    return [Flag(name, (str(size),), choice.reason) for name, size in sizes.items() if size > 1]


def _changed(change: Change) -> Flag:
    reason = f"{change.before:g} in the profile: {change.reason}"
    return Flag(f"--{change.flag}", (f"{change.after:g}",), reason)


def _followers(flags: Sequence[Flag], fixed: frozenset[str]) -> list[Flag]:
    """What has to fit `--max-num-seqs`, of the flags that are there: graphs and the queue."""
    num_seqs = count_of(flags, "--max-num-seqs")
    if not num_seqs:
        return []
    copies = count_of(flags, "--data-parallel-size") or 1
    values = {
        _CAPTURE_SIZES: capture_sizes(num_seqs),
        "--max-num-queued-reqs": (max_num_queued_reqs(num_seqs, copies),),
    }
    words = {name: tuple(map(str, numbers)) for name, numbers in values.items()}
    return [
        Flag(flag.name, words[flag.name], "follows --max-num-seqs")
        for flag in flags
        if flag.name in words and flag.key not in fixed and flag.values != words[flag.name]
    ]


def _read(folder: Path) -> ModelShape | None:
    try:
        return read_folder(folder) if (folder / "config.json").is_file() else None
    except (SizingError, OSError, json.JSONDecodeError):
        return None


def _read_from_hub_cache(model: str) -> ModelShape | None:
    """A model that was downloaded before."""
    shapes = (_read(folder) for folder in snapshots(model, os.environ))
    return next((shape for shape in shapes if shape is not None), None)
