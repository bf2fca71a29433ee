"""Where a model's shape comes from: its folder, the hub's cache on this machine, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from backend.sizing.errors import SizingError, UnknownModelError
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.model import ModelShape, read_folder
from backend.sizing.weights import BY_FLAG, SIXTEEN_BIT


def find_shape(model: str, *, quantization: str | None, hub_cache: Path) -> ModelShape:
    """The shape of a model, for a checkpoint of the wanted quantization.

    Args:
        model: a folder with `config.json`, or a hub id.
        quantization: a key of `BY_FLAG` to plan for another checkpoint of the same model.
        hub_cache: the hub's cache folder, holding `models--owner--name`.

    Raises:
        UnknownModelError: it is none of the three places.
        SizingError: the checkpoint is quantized already, in another way.
    """
    shape = _find(model, hub_cache)
    if quantization is None:
        return shape
    wanted = BY_FLAG[quantization]
    if shape.weight_format not in (SIXTEEN_BIT, wanted):
        raise SizingError(
            f"The weights of {model} are {shape.weight_format.name} already; leave out "
            "--quantization, here as in vLLM's command, or name the 16 bit one."
        )
    return replace(shape, weight_format=wanted)


def hub_cache_folder(environment: Mapping[str, str], home: Path) -> Path:
    """The hub's cache as `huggingface_hub` finds it: `HF_HUB_CACHE`, `HF_HOME` or the default."""
    if folder := environment.get("HF_HUB_CACHE"):
        return Path(folder)
    return Path(environment.get("HF_HOME") or home / ".cache" / "huggingface") / "hub"


def _find(model: str, hub_cache: Path) -> ModelShape:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return read_folder(folder)
    repository = hub_cache / f"models--{model.replace('/', '--')}"
    snapshots = sorted(repository.glob("snapshots/*/config.json"))
    if snapshots:
        return read_folder(snapshots[-1].parent)
    if known := KNOWN_MODELS.get(model):
        return known
    raise UnknownModelError(
        f"{model!r} is neither a folder with a config.json, nor in the hub's cache on this "
        f"machine, nor one of those known without it: {', '.join(KNOWN_MODELS)}."
    )
