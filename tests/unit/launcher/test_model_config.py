"""A model that nobody knows is looked at before it is planned for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from backend.launcher.command import Command
from backend.launcher.flags import Flag
from backend.launcher.model_config import fetch_unknown_shape
from tests.fakes.model_configs import QWEN3_4B

MODEL = "somebody/a-model"
HUB = """
import os, pathlib
def hf_hub_download(model, name, revision=None):
    if os.environ["HF_ENDPOINT"] != "https://mirror":
        raise ConnectionError
    folder = pathlib.Path(os.environ["HF_HUB_CACHE"], "models--somebody--a-model", "snapshots", "1")
    folder.mkdir(parents=True)
    (folder / name).write_text(os.environ["SHAPE"])
"""


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty; and a hub's library that knows one mirror."""
    (tmp_path / "huggingface_hub.py").write_text(HUB)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def command(hub_cache: Path, model: str = MODEL, **variables: str) -> Command:
    environment = {
        **os.environ,
        "PYTHONPATH": str(hub_cache.parent),
        "HF_ENDPOINT": "https://mirror",
        "SHAPE": json.dumps(QWEN3_4B),
        **variables,
    }
    return Command(
        flags=(Flag("--model", (model,)),), environment=environment, python=sys.executable
    )


def test_its_config_is_fetched_from_where_the_engine_would_fetch_it(hub_cache: Path) -> None:
    assert fetch_unknown_shape(command(hub_cache))
    assert not fetch_unknown_shape(command(hub_cache)), "it is known now"


def test_a_hub_that_is_out_of_reach_costs_the_fitting_alone(hub_cache: Path) -> None:
    assert not fetch_unknown_shape(command(hub_cache, HF_ENDPOINT="https://nowhere"))


def test_nothing_is_asked_where_asking_is_switched_off(hub_cache: Path) -> None:
    assert not fetch_unknown_shape(command(hub_cache, HF_HUB_OFFLINE="1"))
    assert not hub_cache.exists()


def test_a_known_model_is_not_asked_for(hub_cache: Path) -> None:
    assert not fetch_unknown_shape(command(hub_cache, "Qwen/Qwen3-4B-Instruct-2507"))
    assert not hub_cache.exists()
