from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from backend.errors import EngineFaultError, EngineTimeoutError
from backend.readiness.gate import WarmupBurst
from backend.readiness.warmup import Warmup
from backend.readiness.warmup_policy import Capacity, WarmupPolicy
from tests.unit.readiness.fake_time import FakeTime, settle
from tests.unit.readiness.generator import Generator


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def engine(time: FakeTime) -> Generator:
    return Generator(time)


UNKNOWN = Capacity()
SHORT_AND_EIGHT = WarmupPolicy(max_burst=8, long_prompt_tokens=())


def warmup(engine: Generator, policy: WarmupPolicy | None = None) -> Warmup:
    return Warmup(
        engine,
        policy or SHORT_AND_EIGHT,
        count_requests=engine.count_requests,
        clock=engine.time.clock,
        sleep=engine.time.sleep,
    )


async def bursts_of(
    engine: Generator,
    policy: WarmupPolicy | None = None,
    capacity: Capacity = UNKNOWN,
    seconds: float = 600,
) -> list[tuple[int, float]]:
    bursts: list[WarmupBurst] = []
    running = asyncio.create_task(warmup(engine, policy).run(lambda: capacity, bursts.append))
    await engine.time.passes(seconds)
    assert running.done()
    await running
    return [(burst.num_requests, round(burst.mean_ttft_seconds, 3)) for burst in bursts]


async def test_it_generates_alone_and_then_in_bursts(engine: Generator) -> None:
    assert await bursts_of(engine) == [(1, 0.1), (8, 0.1), (8, 0.1)]


async def test_bursts_repeat_until_one_is_no_slower_than_the_one_before(engine: Generator) -> None:
    engine.bursts = [0.05, 0.5, 1.0, 2.0, 0.2]
    assert await bursts_of(engine) == [(1, 0.05), (8, 0.5), (8, 1.0), (8, 2.0), (8, 0.2)]


async def test_no_slower_means_within_a_fifth(engine: Generator) -> None:
    engine.bursts = [0.3, 1.0, 1.21, 1.45]
    assert await bursts_of(engine) == [(1, 0.3), (8, 1.0), (8, 1.21), (8, 1.45)]


async def test_two_bursts_that_both_compile_are_not_steady(engine: Generator) -> None:
    engine.bursts = [0.05, 3.3, 3.6, 0.13]  # seen on an H100 after a cold boot
    assert await bursts_of(engine) == [(1, 0.05), (8, 3.3), (8, 3.6), (8, 0.13)]


async def test_a_slow_speed_that_stays_is_the_engines_own(engine: Generator) -> None:
    engine.bursts = [0.05, 0.7, 0.7, 0.7]  # 256 at once on a warm H100
    assert await bursts_of(engine) == [(1, 0.05), (8, 0.7), (8, 0.7), (8, 0.7)]


async def test_a_burst_that_is_slower_again_settles_nothing(engine: Generator) -> None:
    engine.bursts = [0.05, 1.0, 3.3, 3.6, 0.13]
    assert await bursts_of(engine) == [(1, 0.05), (8, 1.0), (8, 3.3), (8, 3.6), (8, 0.13)]


@pytest.mark.parametrize("ttft_seconds", [0.25, 0.26])
async def test_slow_is_more_than_five_times_the_lone_request(
    engine: Generator, ttft_seconds: float
) -> None:
    engine.bursts = [0.05, ttft_seconds]
    num_bursts = len(await bursts_of(engine)) - 1
    assert num_bursts == (2 if ttft_seconds <= 0.25 else 3)


async def test_every_size_is_warmed(engine: Generator) -> None:
    sizes = [size for size, _ in await bursts_of(engine, replace(SHORT_AND_EIGHT, max_burst=32))]
    assert sizes == [1, 8, 8, 32, 32]


async def test_the_number_of_bursts_is_bounded(engine: Generator) -> None:
    engine.bursts = [0.01 * 1.5**number for number in range(30)]
    sizes = [size for size, _ in await bursts_of(engine, replace(SHORT_AND_EIGHT, max_bursts=4))]
    assert sizes == [1, 8, 8, 8, 8]


async def test_the_time_is_bounded(engine: Generator) -> None:
    engine.bursts = [0.1, 3.0, 4.0, 5.0, 6.5, 8.0]
    assert await bursts_of(engine, replace(SHORT_AND_EIGHT, max_seconds=12)) == [
        *((1, 0.1), (8, 3.0), (8, 4.0), (8, 5.0))
    ]


async def test_each_prompt_is_another_from_its_first_character_on(engine: Generator) -> None:
    await bursts_of(engine)
    assert len({prompt[:12] for prompt in engine.prompts}) == len(engine.prompts) == 17
    assert len({len(prompt) for prompt in engine.prompts}) == 1


async def test_replies_are_short(engine: Generator) -> None:
    await bursts_of(engine, replace(SHORT_AND_EIGHT, max_tokens=5))
    assert engine.max_tokens == {5}


async def test_a_lone_request_that_is_slow_is_waited_for(engine: Generator) -> None:
    engine.bursts = [30.0, 0.1]
    assert await bursts_of(engine) == [(1, 30.0), (8, 0.1), (8, 0.1)]


async def test_a_lone_request_that_was_swallowed_does_not_hold_up_the_next(
    engine: Generator, time: FakeTime
) -> None:
    engine.bursts = [None]
    bursts: list[WarmupBurst] = []
    running = asyncio.create_task(warmup(engine).run(Capacity, bursts.append))
    await time.passes(20)
    assert engine.running == 3
    engine._burst = 0.1
    await time.passes(8)
    await running
    assert [burst.num_requests for burst in bursts] == [1, 8, 8]
    assert engine.running == 0


async def test_replies_that_never_come_are_a_time_out_and_leave_nothing_behind(
    engine: Generator, time: FakeTime
) -> None:
    engine.bursts = [None]
    running = asyncio.create_task(warmup(engine).run(Capacity, lambda burst: None))
    await time.passes(64)
    with pytest.raises(EngineTimeoutError) as error:
        await running
    assert error.value.values == {"timeout_seconds": 64.0}
    assert engine.running == 0


async def test_a_burst_that_never_ends_is_a_time_out_and_leaves_nothing_behind(
    engine: Generator, time: FakeTime
) -> None:
    engine.bursts = [0.1, None]
    running = asyncio.create_task(warmup(engine).run(Capacity, lambda burst: None))
    await time.passes(1)
    assert engine.running == 8
    await time.passes(10)
    with pytest.raises(EngineTimeoutError) as error:
        await running
    assert error.value.values == {"timeout_seconds": 10.0}
    assert engine.running == 0


@pytest.mark.parametrize(("ttft_seconds", "timeout_seconds"), [(0.1, 10), (2.0, 32), (30.0, 60)])
def test_a_burst_may_take_longer_on_a_slower_engine(
    ttft_seconds: float, timeout_seconds: float
) -> None:
    assert WarmupPolicy().burst_timeout_seconds(8, ttft_seconds) == timeout_seconds


@pytest.mark.parametrize("fails_at", [1, 2, 5, 9, 10, 17])
async def test_a_failure_ends_it_and_leaves_nothing_behind(
    engine: Generator, time: FakeTime, fails_at: int
) -> None:
    engine.failure, engine.fails_at = EngineFaultError("500"), fails_at
    running = asyncio.create_task(warmup(engine).run(Capacity, lambda burst: None))
    await time.passes(5)
    with pytest.raises(EngineFaultError):
        await running
    assert engine.running == 0


@pytest.mark.parametrize("bursts", [[None], [0.1, None]])
async def test_cancelled_it_leaves_nothing_behind(
    engine: Generator, time: FakeTime, bursts: list[float | None]
) -> None:
    engine.bursts = bursts
    running = asyncio.create_task(warmup(engine).run(Capacity, lambda burst: None))
    await time.passes(1)
    assert engine.running
    running.cancel()
    await settle()
    assert running.cancelled()
    assert engine.running == 0
