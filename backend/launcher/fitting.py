"""Fits a profile's flags to the cards at hand: a profile is a wish, the card only takes from it.

Nothing is fitted that the person set in `WARMLINE_ENGINE_FLAGS`, nor for a model whose shape is
not known before its download.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from backend.launcher.flags import Flag, count_of, merge, value_of
from backend.launcher.hub_cache import snapshots
from backend.sizing.errors import SizingError
from backend.sizing.fit import Change, choose_parallelism, fit_flags
from backend.sizing.gpu import Gpu
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.memory import EngineFlags
from backend.sizing.model import ModelShape, read_folder
from backend.sizing.recommend import capture_sizes
from backend.sizing.weights import BY_FLAG, SIXTEEN_BIT

_CAPTURE_SIZES = "--cudagraph-capture-sizes"


def fit_to_cards(
    flags: Sequence[Flag], gpus: Sequence[Gpu], *, fixed: frozenset[str] = frozenset()
) -> tuple[Flag, ...]:
    """The flags that start on these cards, each changed one with its reason.

    Args:
        flags: the profile's and the person's, merged.
        gpus: the cards that vLLM uses; none leaves the flags as they are.
        fixed: keys of flags that the person set: they stay.
    """
    shape = shape_of(flags)
    wish = engine_flags(flags)
    if not gpus or shape is None or wish is None:
        return tuple(flags)
    spread = _spread(gpus, shape, wish, fixed)
    size = count_of(merge(flags, spread), "--tensor-parallel-size") or 1
    smallest = min(gpus, key=lambda gpu: gpu.total_bytes)
    try:
        fitted = fit_flags(
            shape,
            replace(wish, tensor_parallel_size=size),
            total_bytes=smallest.total_bytes,
            free_bytes=min((g.free_bytes for g in gpus if g.free_bytes is not None), default=None),
        )
    except SizingError:  # too small for the formula: vLLM's own words say by how much
        return merge(flags, spread)
    changed = [_changed(change) for change in fitted.changes if change.flag not in fixed]
    if any(flag.name == "--max-num-seqs" for flag in changed):
        changed.append(_captures(fitted.flags.max_num_seqs))
    return merge(flags, spread, changed)


def shape_of(flags: Sequence[Flag]) -> ModelShape | None:
    """The shape of the model that the flags name; `None` where it is not known yet."""
    model = value_of(flags, "--model") or ""
    shape = KNOWN_MODELS.get(model) or _read(Path(model)) or _read_from_hub_cache(model)
    weight_format = BY_FLAG.get(value_of(flags, "--quantization") or "")
    if shape is not None and weight_format is not None and shape.weight_format is SIXTEEN_BIT:
        return replace(shape, weight_format=weight_format)
    return shape


def engine_flags(flags: Sequence[Flag]) -> EngineFlags | None:
    """The flags that decide memory; `None` where one of them is not a number."""
    lengths = [
        count_of(flags, name)
        for name in ("--max-model-len", "--max-num-seqs", "--max-num-batched-tokens")
    ]
    share = value_of(flags, "--gpu-memory-utilization")
    captured = next((len(flag.values) for flag in flags if flag.name == _CAPTURE_SIZES), 0)
    if share is None or None in lengths:
        return None
    max_model_len, max_num_seqs, max_num_batched_tokens = (length or 0 for length in lengths)
    return EngineFlags(
        max_model_len=max_model_len,
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max_num_batched_tokens,
        gpu_memory_utilization=float(share),
        num_capture_sizes=captured,
        kv_cache_dtype=value_of(flags, "--kv-cache-dtype") or "auto",
        tensor_parallel_size=count_of(flags, "--tensor-parallel-size") or 1,
    )


def _spread(
    gpus: Sequence[Gpu], shape: ModelShape, wish: EngineFlags, fixed: frozenset[str]
) -> list[Flag]:
    """How several cards share the work, unless the person says how."""
    if len(gpus) == 1 or fixed & {"tensor-parallel-size", "data-parallel-size"}:
        return []
    choice = choose_parallelism(gpus, shape, wish)
    sizes = {
        "--tensor-parallel-size": choice.tensor_parallel_size,
        "--data-parallel-size": choice.data_parallel_size,
    }
    return [Flag(name, (str(size),), choice.reason) for name, size in sizes.items() if size > 1]


def _changed(change: Change) -> Flag:
    reason = f"{change.before:g} in the profile: {change.reason}"
    return Flag(f"--{change.flag}", (f"{change.after:g}",), reason)


def _captures(max_num_seqs: int) -> Flag:
    sizes = tuple(str(size) for size in capture_sizes(max_num_seqs))
    return Flag(_CAPTURE_SIZES, sizes, "up to the fitted --max-num-seqs")


def _read(folder: Path) -> ModelShape | None:
    try:
        return read_folder(folder) if (folder / "config.json").is_file() else None
    except (SizingError, OSError, json.JSONDecodeError):
        return None


def _read_from_hub_cache(model: str) -> ModelShape | None:
    """A model that was downloaded before."""
    shapes = (_read(folder) for folder in snapshots(model, os.environ))
    return next((shape for shape in shapes if shape is not None), None)
