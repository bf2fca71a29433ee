"""A warm-up of a command that was warmed up before: it knows how fast a warm burst is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from backend.readiness.gate import WarmupBurst
from backend.readiness.warmup import Warmed, Warmup
from backend.readiness.warmup_policy import Capacity, WarmupPolicy
from tests.unit.readiness.fake_time import FakeTime
from tests.unit.readiness.generator import Generator

ALL_TO_EIGHT = WarmupPolicy(max_burst=8, long_prompt_tokens=(256,))
NOTHING: Mapping[str, float] = {}


async def warmed(
    bursts: list[float | None], known: Mapping[str, float] = NOTHING
) -> tuple[Warmed, list[float]]:
    """How a warm-up ends on an engine whose bursts take so long, and the mean TTFT of each."""
    engine = Generator(FakeTime())
    engine.bursts = bursts
    warmup = Warmup(
        engine,
        ALL_TO_EIGHT,
        count_requests=engine.count_requests,
        clock=engine.time.clock,
        sleep=engine.time.sleep,
    )
    told: list[WarmupBurst] = []
    run = warmup.run(lambda: Capacity(max_model_len=8192), told.append, lambda: known)
    running = asyncio.create_task(run)
    await engine.time.passes(600)
    return running.result(), [round(burst.mean_ttft_seconds, 3) for burst in told]


async def test_it_says_what_each_series_came_to() -> None:
    result, _ = await warmed([0.05, 3.3, 0.2, 0.2, 0.125])
    assert result.steady_ttft_seconds == pytest.approx({"8": 0.2, "1 1x256": 0.125})


async def test_one_burst_is_enough_where_it_is_as_fast_as_last_time() -> None:
    _, means = await warmed([0.05, 2.0, 0.1], known={"8": 1.9, "1 1x256": 0.1})
    assert means == [0.05, 2.0, 0.1]  # two that are slow would need a third


async def test_a_burst_that_compiles_is_repeated_as_ever() -> None:
    _, means = await warmed([0.05, 3.3, 0.13, 0.1], known={"8": 0.13, "1 1x256": 0.1})
    assert means == [0.05, 3.3, 0.13, 0.1]


async def test_an_engine_that_is_slower_than_last_time_is_warm_all_the_same() -> None:
    result, means = await warmed([0.05, 2.0, 2.0, 2.0, 0.1], known={"8": 0.2, "1 1x256": 0.1})
    assert means == [0.05, 2.0, 2.0, 2.0, 0.1]
    assert result.steady_ttft_seconds == pytest.approx({"8": 2.0})


async def test_speeds_a_fifth_slower_each_time_do_not_add_up() -> None:
    result, means = await warmed([0.05, 0.22, 0.1], known={"8": 0.2, "1 1x256": 0.1})
    assert means == [0.05, 0.22, 0.1]
    assert result.steady_ttft_seconds == {}  # what is known stays


async def test_what_learning_cost_is_no_part_of_the_next_estimate() -> None:
    first, _ = await warmed([0.05, 2.0, 2.0, 2.0, 0.1, 0.1])
    assert first.learning_seconds == pytest.approx(2.0 + 2.0 + 0.1)
    again, _ = await warmed([0.05, 3.3, 2.0, 0.1], known=first.steady_ttft_seconds)
    assert again.learning_seconds == 0.0
