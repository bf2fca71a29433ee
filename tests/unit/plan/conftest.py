"""A cache of the hub for each test."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """An empty cache of the hub."""
    return tmp_path / "hub"
