from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def engine_python() -> Path:
    """The Python of the engine's environment, which set-up made (`ENGINE_PYTHON` names another)."""
    return Path(os.environ.get("ENGINE_PYTHON", ROOT / ".warmline" / "engine" / "bin" / "python"))
