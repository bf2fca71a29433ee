"""Where the planner finds a model's shape."""

from __future__ import annotations

import json
from pathlib import Path

from backend.plan.model import hub_cache_folder
from tests.unit.plan.asking import MODEL, SHAPE, plan, put_in_cache


def test_a_model_is_read_from_its_folder(hub: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(SHAPE), encoding="utf-8")
    from_folder = plan("--gpu", "H100", "--model", str(folder), hub=hub)
    from_table = plan("--gpu", "H100", "--model", MODEL, hub=hub)
    assert from_folder["memory"] == from_table["memory"]


def test_a_model_in_the_hubs_cache_counts_more_than_the_table(hub: Path) -> None:
    put_in_cache(hub, MODEL, SHAPE | {"num_hidden_layers": 18})
    values = plan("--gpu", "H100", "--model", MODEL, hub=hub)
    assert values["memory"]["kv_bytes_per_token"] == 72 * 1024


def test_the_hubs_cache_is_where_the_hub_puts_it() -> None:
    home = Path("/home/someone")
    assert hub_cache_folder({"HF_HUB_CACHE": "/a"}, home) == Path("/a")
    assert hub_cache_folder({"HF_HOME": "/b"}, home) == Path("/b/hub")
    assert hub_cache_folder({}, home) == home / ".cache" / "huggingface" / "hub"
