"""Where a model's shape comes from: its folder, the hub's cache on this machine, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from backend.launcher.hub_cache import snapshots
from backend.sizing.errors import SizingError, UnknownModelError
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.model import ModelShape, read_folder
from backend.sizing.weights import BY_FLAG, SIXTEEN_BIT


def find_shape(
    model: str, *, quantization: str | None, environment: Mapping[str, str]
) -> ModelShape:
    """The shape of a model, for a checkpoint of the wanted quantization.

    Args:
        model: a folder with `config.json`, or a hub id.
        quantization: a key of `BY_FLAG` to plan for another checkpoint of the same model.
        environment: says where the hub's cache is, as for the launcher.

    Raises:
        UnknownModelError: it is none of the three places.
        SizingError: the checkpoint is quantized already, in another way.
    """
    shape = _find(model, environment)
    if quantization is None:
        return shape
    wanted = BY_FLAG[quantization]
    if shape.weight_format not in (SIXTEEN_BIT, wanted):
        raise SizingError(
            f"The weights of {model} are {shape.weight_format.name} already; leave out "
            "--quantization, here as in vLLM's command, or name the 16 bit one."
        )
    return replace(shape, weight_format=wanted)


def _find(model: str, environment: Mapping[str, str]) -> ModelShape:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return read_folder(folder)
    for snapshot in reversed(snapshots(model, environment)):
        if (snapshot / "config.json").is_file():
            return read_folder(snapshot)
    if known := KNOWN_MODELS.get(model):
        return known
    raise UnknownModelError(
        f"{model!r} is neither a folder with a config.json, nor in the hub's cache on this "
        f"machine, nor one of those known without it: {', '.join(KNOWN_MODELS)}."
    )
