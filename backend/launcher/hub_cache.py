"""What was downloaded before, in the layouts of the hubs' caches.

Hugging Face:
<cache>/models--<owner>--<name>/refs/main            the commit that `main` was at
<cache>/models--<owner>--<name>/snapshots/<commit>/  its files; each appears when it is complete
<cache>/models--<owner>--<name>/blobs/               what they link to, and unfinished files

ModelScope (`VLLM_USE_MODELSCOPE`), 1.40 and before it:
<cache>/models/<owner>--<name>/snapshots/<revision>/  unfinished files too
<cache>/models/<owner>/<name, its dots as ___>/
<cache>/models/._____temp/<owner>/<name>/             its unfinished files
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_INDEX = "model.safetensors.index.json"


def is_downloaded(model: str, environment: Mapping[str, str], *, revision: str = "main") -> bool:
    """Whether a hub's model is here with all its weights, so that the hub need not be asked.

    Without a network vLLM 0.32 asks for the list of files again and again, and ends after minutes.

    Args:
        model: its hub id.
        environment: says where the cache is, as for `huggingface_hub`.
        revision: a branch, a tag or a commit.
    """
    if _uses_modelscope(environment):
        return any(map(_is_complete, snapshots(model, environment)))
    folder = _huggingface_folder(model, environment)
    try:
        reference = folder / "refs" / revision
        commit = reference.read_text().strip() if reference.is_file() else revision
        snapshot = folder / "snapshots" / commit
        return _is_complete(snapshot)
    except (OSError, ValueError):
        return False


def snapshots(model: str, environment: Mapping[str, str]) -> list[Path]:
    """The folders of a model's files, one for each commit; perhaps not complete."""
    if not _uses_modelscope(environment):
        return sorted((_huggingface_folder(model, environment) / "snapshots").glob("*"))
    owner, _, name = model.rpartition("/")
    return [
        folder
        for root in _modelscope_roots(environment)
        for folder in (
            *sorted((root / f"{owner}--{name}" / "snapshots").glob("*")),
            root / owner / name.replace(".", "___"),
        )
        if folder.is_dir()
    ]


def download_folders(model: str, environment: Mapping[str, str]) -> list[Path]:
    """Where the bytes of a model's download lie, the unfinished files' too."""
    if not _uses_modelscope(environment):
        return [_huggingface_folder(model, environment) / "blobs"]
    unfinished = [root / "._____temp" / model for root in _modelscope_roots(environment)]
    return snapshots(model, environment) + unfinished


def model_folder(model: str, environment: Mapping[str, str]) -> Path:
    """Where the hub's cache keeps a model, or will."""
    if not _uses_modelscope(environment):
        return _huggingface_folder(model, environment)
    here = snapshots(model, environment)
    return here[0] if here else _modelscope_roots(environment)[0] / model


def _huggingface_folder(model: str, environment: Mapping[str, str]) -> Path:
    """Where Hugging Face's cache keeps all of a model."""
    caches = environment.get("XDG_CACHE_HOME") or "~/.cache"
    home = Path(environment.get("HF_HOME") or f"{caches}/huggingface").expanduser()
    cache = Path(environment.get("HF_HUB_CACHE") or home / "hub")
    return cache / f"models--{model.replace('/', '--')}"


def _uses_modelscope(environment: Mapping[str, str]) -> bool:
    return environment.get("VLLM_USE_MODELSCOPE", "").lower() in ("true", "1")


def _modelscope_roots(environment: Mapping[str, str]) -> list[Path]:
    """Where ModelScope's library may put models."""
    given = environment.get("MODELSCOPE_CACHE")
    homes = [given] if given else ["~/.cache/modelscope", "~/.cache/modelscope/hub"]
    return [Path(home).expanduser() / "models" for home in homes]


def _is_complete(snapshot: Path) -> bool:
    """Whether a folder holds a model with all its weights."""
    try:
        return (snapshot / "config.json").is_file() and _has_weights(snapshot)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _has_weights(snapshot: Path) -> bool:
    index = snapshot / _INDEX
    if index.is_file():
        shards = set(json.loads(index.read_text())["weight_map"].values())
        return all((snapshot / shard).is_file() for shard in shards)
    return any(file.is_file() for file in snapshot.glob("*.safetensors"))
