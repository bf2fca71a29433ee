from __future__ import annotations

import pytest

from tests.contract.engine import ScriptedEngine


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()
