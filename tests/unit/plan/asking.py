"""Ask `python -m backend.plan` as a person and as a script do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from backend.plan.__main__ import main

MODEL = "Qwen/Qwen3-4B-Instruct-2507"


def ask(*arguments: str, hub: Path) -> tuple[int, str, str]:
    output, errors = io.StringIO(), io.StringIO()
    code = main(
        list(arguments),
        environment={"HF_HUB_CACHE": str(hub)},
        output=output,
        errors=errors,
    )
    return code, output.getvalue(), errors.getvalue()


def plan(*arguments: str, hub: Path) -> dict[str, Any]:
    code, output, errors = ask(*arguments, "--json", hub=hub)
    assert (code, errors) == (0, "")
    values = json.loads(output)
    assert isinstance(values, dict)
    return values


def put_in_cache(hub: Path, repository: str, config: dict[str, Any]) -> None:
    folder = hub / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
