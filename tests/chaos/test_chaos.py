"""A short run with the scripted engine; `make chaos` plays the long one with the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.engines import ScriptedEngine
from tests.chaos.play import play


@pytest.mark.parametrize("seed", [7])
async def test_nothing_is_lost_mixed_stuck_or_leaked(seed: int, tmp_path: Path) -> None:
    async with ScriptedEngine() as engine:
        outcome = await play(
            engine,
            tmp_path,
            seed=seed,
            num_faults=10,
            num_boots=1,
            num_people=5,
            say=lambda _: None,
        )
        prompts = [request.said for request in engine.requests]
    assert outcome.wrong == []
    assert outcome.replies["completed"] > 0
    for said in prompts:  # nobody's words in another one's prompt
        assert len({text.split()[0] for text in said if text.startswith("p")}) <= 1
