"""What was downloaded before, in Hugging Face's layout of its cache.

<cache>/models--<owner>--<name>/refs/main            the commit that `main` was at
<cache>/models--<owner>--<name>/snapshots/<commit>/  its files; each appears when it is complete
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
    folder = model_folder(model, environment)
    try:
        reference = folder / "refs" / revision
        commit = reference.read_text().strip() if reference.is_file() else revision
        snapshot = folder / "snapshots" / commit
        return (snapshot / "config.json").is_file() and _has_weights(snapshot)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def snapshots(model: str, environment: Mapping[str, str]) -> list[Path]:
    """The folders of a model's files, one for each commit; perhaps not complete."""
    return sorted((model_folder(model, environment) / "snapshots").glob("*"))


def model_folder(model: str, environment: Mapping[str, str]) -> Path:
    """Where the cache keeps all of a hub's model."""
    caches = environment.get("XDG_CACHE_HOME") or "~/.cache"
    home = Path(environment.get("HF_HOME") or f"{caches}/huggingface").expanduser()
    cache = Path(environment.get("HF_HUB_CACHE") or home / "hub")
    return cache / f"models--{model.replace('/', '--')}"


def _has_weights(snapshot: Path) -> bool:
    index = snapshot / _INDEX
    if index.is_file():
        shards = set(json.loads(index.read_text())["weight_map"].values())
        return all((snapshot / shard).is_file() for shard in shards)
    return any(file.is_file() for file in snapshot.glob("*.safetensors"))
