"""Where the planner finds a model's shape."""

from __future__ import annotations

import io
import json
from pathlib import Path

from backend.plan.__main__ import main
from tests.fakes.model_configs import QWEN3_4B
from tests.unit.plan.asking import MODEL, plan, put_in_cache


def test_a_model_is_read_from_its_folder(hub: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(QWEN3_4B), encoding="utf-8")
    from_folder = plan("--gpu", "H100", "--model", str(folder), hub=hub)
    from_table = plan("--gpu", "H100", "--model", MODEL, hub=hub)
    assert from_folder["memory"] == from_table["memory"]


def test_a_model_in_the_hubs_cache_counts_more_than_the_table(hub: Path) -> None:
    put_in_cache(hub, MODEL, QWEN3_4B | {"num_hidden_layers": 18})
    values = plan("--gpu", "H100", "--model", MODEL, hub=hub)
    assert values["memory"]["kv_bytes_per_token"] == 72 * 1024


def test_a_model_from_modelscope_is_read_from_its_own_cache(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "acme--small" / "snapshots" / "master"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(QWEN3_4B), encoding="utf-8")
    output = io.StringIO()
    code = main(
        ["--gpu", "H100", "--model", "acme/small"],
        environment={"VLLM_USE_MODELSCOPE": "true", "MODELSCOPE_CACHE": str(tmp_path)},
        output=output,
    )
    assert code == 0
    assert output.getvalue().startswith("acme/small (16 bit) on H100")
