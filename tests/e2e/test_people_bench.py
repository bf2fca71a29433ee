"""The bench of a real engine's speed through the page, small, on an engine without a model."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from backend.bench.frontend.processes import running_engine

NUM_PEOPLE, NUM_PROMPTS, REPLY_TOKENS = 3, 6, 10


async def test_it_asks_through_the_page_and_directly_and_counts_the_same_tokens(
    tmp_path: Path,
) -> None:
    report = tmp_path / "people.json"
    async with running_engine() as engine:
        bench = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend.bench.people", "--engine-url", f"{engine.url}/v1"),
            *("--people", str(NUM_PEOPLE), "--prompts", str(NUM_PROMPTS), "--repeats", "2"),
            *("--output", str(report)),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await bench.communicate()

    rounds = json.loads(report.read_text())["rounds"]
    assert [done["way"] for done in rounds] == ["direct", "sockets", "sockets", "direct"]
    assert all(done["num_prompts"] == NUM_PROMPTS for done in rounds)
    assert all(done["output_tokens_per_reply"] == REPLY_TOKENS for done in rounds)
    assert all(0.04 < done["ttft_mean_seconds"] < 1 for done in rounds)
    last = said.decode().splitlines()[-1]
    assert last.startswith("Through the page's sockets: ")
    assert last.endswith(" of direct; 0 failed.")
