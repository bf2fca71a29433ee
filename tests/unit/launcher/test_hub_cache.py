from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.launcher.hub_cache import is_downloaded, snapshots

MODEL, COMMIT = "acme/model", "0123abc"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A model's files at the commit of `main`, but for its weights."""
    folder = tmp_path / "hub" / "models--acme--model"
    files = folder / "snapshots" / COMMIT
    files.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    (files / "config.json").touch()
    return files


def is_here(tmp_path: Path, revision: str = "main") -> bool:
    return is_downloaded(MODEL, {"HF_HOME": str(tmp_path)}, revision=revision)


def test_without_a_name_of_its_own_it_lies_among_the_other_caches(
    snapshot: Path, tmp_path: Path
) -> None:
    (snapshot / "model.safetensors").touch()
    (tmp_path / "caches").mkdir()
    (tmp_path / "caches" / "huggingface").symlink_to(tmp_path)
    assert is_downloaded(MODEL, {"XDG_CACHE_HOME": str(tmp_path / "caches")})


def test_a_model_with_its_weights_is_here(snapshot: Path, tmp_path: Path) -> None:
    assert not is_here(tmp_path)

    (snapshot / "model.safetensors").touch()

    assert is_here(tmp_path)


def test_a_model_in_several_files_is_here_with_the_last_of_them(
    snapshot: Path, tmp_path: Path
) -> None:
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    (snapshot / "model-1.safetensors").touch()
    assert not is_here(tmp_path)

    (snapshot / "model-2.safetensors").touch()

    assert is_here(tmp_path)


def test_a_link_to_nothing_is_no_file(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / "model.safetensors").symlink_to(tmp_path / "blob")
    assert not is_here(tmp_path)

    (tmp_path / "blob").touch()

    assert is_here(tmp_path)


def test_a_revision_is_a_branch_or_a_commit(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / "model.safetensors").touch()

    assert is_here(tmp_path, revision=COMMIT)
    assert not is_here(tmp_path, revision="v2")


@pytest.mark.parametrize("text", ["", "[]", "{}", "\x00"])
def test_an_index_that_cannot_be_read_is_none(snapshot: Path, tmp_path: Path, text: str) -> None:
    (snapshot / "model.safetensors.index.json").write_text(text)
    (snapshot / "model.safetensors").touch()

    assert not is_here(tmp_path)


def test_without_a_cache_nothing_is_here(tmp_path: Path) -> None:
    assert not is_here(tmp_path / "nowhere")
    assert snapshots(MODEL, {"HF_HOME": str(tmp_path / "nowhere")}) == []


def test_the_cache_s_own_folder_wins_over_the_home_of_all(snapshot: Path, tmp_path: Path) -> None:
    places = {"HF_HOME": "/nowhere", "HF_HUB_CACHE": str(tmp_path / "hub")}

    assert snapshots(MODEL, places) == [snapshot]


@pytest.mark.parametrize(
    "folder", ["models/acme--model-2.5/snapshots/master", "models/acme/model-2___5"]
)
def test_a_model_from_modelscope_is_here_in_the_layouts_of_its_library(
    tmp_path: Path, folder: str
) -> None:
    environment = {"VLLM_USE_MODELSCOPE": "true", "MODELSCOPE_CACHE": str(tmp_path)}
    files = tmp_path / folder
    files.mkdir(parents=True)
    (files / "config.json").touch()
    assert not is_downloaded("acme/model-2.5", environment)

    (files / "model.safetensors").touch()

    assert is_downloaded("acme/model-2.5", environment)
    assert not is_downloaded("acme/model-2.5", {"HF_HOME": str(tmp_path)})


@pytest.mark.parametrize("folder", ["models/acme--model/snapshots/master", "models/acme/model"])
def test_snapshots_of_modelscope_are_those_of_its_own_cache(tmp_path: Path, folder: str) -> None:
    environment = {"VLLM_USE_MODELSCOPE": "true", "MODELSCOPE_CACHE": str(tmp_path)}
    assert snapshots(MODEL, environment) == []

    (tmp_path / folder).mkdir(parents=True)

    assert snapshots(MODEL, environment) == [tmp_path / folder]
