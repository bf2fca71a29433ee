"""An engine's start is seen to its end, whatever the environment holds and the launcher does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.bench.launched import BootFailedError, LaunchedEngine
from tests.fakes.engine import FakeEngine

_LOOK = "import sys; from backend.bench.launched import is_healthy; print(is_healthy({port}))"


def launcher(folder: Path, script: str) -> str:
    """A Python whose launcher does this in place of its own work."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return str(python)


async def test_no_proxy_is_asked_about_this_machines_engine() -> None:
    environment = os.environ | {"http_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    async with FakeEngine() as engine:
        looked = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", _LOOK.format(port=engine.server.port)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert looked.stdout == "True\n"


def test_a_launcher_that_ends_is_told_at_once_with_its_last_line(tmp_path: Path) -> None:
    python = launcher(tmp_path, "echo first; echo 'No module named vllm'; echo; exit 1")
    began_at = time.monotonic()
    with pytest.raises(BootFailedError) as failed, LaunchedEngine(python, {}, tmp_path / "log"):
        pass
    assert failed.value.reason == "the launcher ended: No module named vllm"
    assert "first" in str(failed.value)
    assert time.monotonic() - began_at < 20


def test_options_that_are_inherited_do_not_count_but_for_the_shortcuts(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HF_HOME": "models",
        "WARMLINE_ENGINE_API_KEY": "sesame",
        "WARMLINE_ENGINE_SHORTCUTS": "none",
    }
    options = {"WARMLINE_ENGINE_MODEL": "m"}
    log = tmp_path / "log"
    python = launcher(tmp_path, "env")
    with pytest.raises(BootFailedError), LaunchedEngine(python, options, log, environment):
        pass
    told = set(log.read_text().splitlines())
    kept = {"HF_HOME=models", "WARMLINE_ENGINE_SHORTCUTS=none", "WARMLINE_ENGINE_MODEL=m"}
    assert kept <= told
    assert "sesame" not in log.read_text()
