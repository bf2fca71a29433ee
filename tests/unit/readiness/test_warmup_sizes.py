"""Which bursts a warm-up plays, how long it goes on, and to whom it yields."""

from __future__ import annotations

import asyncio

import pytest

from backend.errors import EngineBusyError
from backend.readiness.gate import WarmupBurst
from backend.readiness.warmup import Ended, Warmup
from backend.readiness.warmup_policy import Capacity, WarmupPolicy
from tests.unit.readiness.fake_time import FakeTime

H100 = Capacity(max_num_seqs=256, max_model_len=32768)


class Engine:
    """Takes so long for each token of what it has at once, and counts whose requests it has."""

    def __init__(self, seconds_per_token: float = 0.00001) -> None:
        self.time = FakeTime()
        self.seconds_per_token = seconds_per_token
        self.num_own = self.num_others = 0
        self.most_own_beside_others = 0
        self.num_tokens = 0
        self.num_requests = 0
        self.queue = 10_000
        self.ends_early = 0  # so many requests of those that run end now
        self.is_silent = False

    async def generate(self, prompt: str, max_tokens: int) -> float:
        if self.num_own >= self.queue:
            raise EngineBusyError(status=503)
        self.num_own += 1
        self.num_requests += 1
        self.num_tokens += len(prompt.split()) + 20 + max_tokens
        try:
            await asyncio.sleep(0)  # the others of the burst come
            seconds = 0.01 + (10 * self.num_own + len(prompt.split())) * self.seconds_per_token
            left = seconds
            while left > 0 and not self._is_chosen_to_end():
                await self.time.sleep(min(left, 0.1))
                left -= 0.1
            if self.num_others:
                self.most_own_beside_others = max(self.most_own_beside_others, self.num_own)
            return seconds
        finally:
            self.num_own -= 1

    def _is_chosen_to_end(self) -> bool:
        is_chosen = self.ends_early > 0
        self.ends_early -= is_chosen
        return is_chosen

    async def count_requests(self) -> int | None:
        return None if self.is_silent else self.num_own + self.num_others


class Run:
    """A warm-up on that engine, and its bursts as (requests, long prompts alone)."""

    def __init__(
        self, engine: Engine, capacity: Capacity, policy: WarmupPolicy | None = None
    ) -> None:
        self.bursts: list[WarmupBurst] = []
        warmup = Warmup(
            engine.generate,
            policy,
            count_requests=engine.count_requests,
            clock=engine.time.clock,
            sleep=engine.time.sleep,
        )
        self._engine = engine
        self._task = asyncio.create_task(warmup.run(lambda: capacity, self.bursts.append))

    async def passes(self, seconds: float) -> None:
        await self._engine.time.passes(seconds)

    async def ends(self) -> Ended:
        await self.passes(120)
        assert self._task.done()
        return (await self._task).ended

    @property
    def sizes(self) -> list[int]:
        """Each size once, in order."""
        return list(dict.fromkeys(b.num_requests for b in self.bursts if not b.has_long_prompts))


async def test_each_size_that_will_be_served_is_warmed_with_short_and_long_prompts() -> None:
    engine = Engine()
    run = Run(engine, H100)
    assert await run.ends() == "steady"
    assert run.sizes == [1, 8, 32, 256]
    assert sum(burst.has_long_prompts for burst in run.bursts) >= 4


@pytest.mark.parametrize(("max_num_seqs", "sizes"), [(4, [1, 4]), (16, [1, 8, 16]), (8, [1, 8])])
async def test_no_burst_is_larger_than_what_runs_at_once(
    max_num_seqs: int, sizes: list[int]
) -> None:
    run = Run(Engine(), Capacity(max_num_seqs=max_num_seqs, max_model_len=8192))
    await run.ends()
    assert run.sizes == sizes


async def test_the_largest_burst_can_be_set_and_has_a_usual_size_where_nothing_is_known() -> None:
    unknown, small = Run(Engine(), Capacity()), Run(Engine(), H100, WarmupPolicy(max_burst=12))
    await unknown.ends()
    await small.ends()
    assert unknown.sizes == [1, 8, 32]
    assert small.sizes == [1, 8, 12]


@pytest.mark.parametrize(("max_model_len", "longest"), [(512, 0), (1024, 256), (8192, 2048)])
def test_a_long_prompt_is_at_most_a_quarter_of_the_context(
    max_model_len: int, longest: int
) -> None:
    series = WarmupPolicy().long_prompts(Capacity(max_model_len=max_model_len))
    assert max((one.long_prompt_tokens for one in series), default=0) == longest


async def test_a_slow_engine_is_spared_what_would_take_too_long() -> None:
    engine = Engine(seconds_per_token=0.01)
    began_at = engine.time.now
    run = Run(engine, H100)
    while not run._task.done():
        await run.passes(0.5)
    assert run._task.result().ended == "limited"
    assert run.sizes == [1, 8]
    assert engine.time.now - began_at < 12


async def test_the_tokens_are_bounded() -> None:
    engine = Engine()
    run = Run(engine, H100, WarmupPolicy(max_total_tokens=20_000))
    assert await run.ends() == "limited"
    assert engine.num_tokens < 20_000


async def test_a_queue_that_is_full_ends_the_growth_and_is_no_failure() -> None:
    engine = Engine()
    engine.queue = 16
    run = Run(engine, H100)
    assert await run.ends() == "limited"
    assert run.sizes == [1, 8]


async def test_bursts_wait_until_other_peoples_requests_are_done() -> None:
    engine = Engine()
    engine.num_others = 3
    run = Run(engine, H100)
    await run.passes(2)
    assert [burst.num_requests for burst in run.bursts] == [1]
    engine.num_others = 0
    assert await run.ends() == "steady"
    assert engine.most_own_beside_others <= 1
    assert run.sizes == [1, 8, 32, 256]


async def test_a_burst_is_ended_when_others_come_and_begun_anew_when_they_have_gone() -> None:
    engine = Engine(seconds_per_token=0.05)  # a burst of 8 takes seconds
    run = Run(engine, Capacity(max_num_seqs=8, max_model_len=512))
    while engine.num_own < 8:
        await run.passes(0.1)
    engine.num_others = 1
    await run.passes(0.5)
    assert engine.num_own == 0
    engine.num_others = 0
    await run.passes(0.5)
    assert engine.num_own == 8
    assert await run.ends() == "steady"


async def test_an_engine_that_others_use_all_the_time_is_warm_by_their_use() -> None:
    engine = Engine()
    engine.num_others = 5
    run = Run(engine, H100)
    await run.passes(4)
    assert await run.ends() == "in_use"
    assert engine.num_requests == 1


async def test_others_are_seen_among_the_last_of_a_burst() -> None:
    engine = Engine(seconds_per_token=0.05)
    run = Run(engine, Capacity(max_num_seqs=8, max_model_len=512))
    while engine.num_own < 8:
        await run.passes(0.1)
    engine.ends_early = 4
    await run.passes(0.3)
    assert engine.num_own == 4
    engine.num_others = 2
    await run.passes(0.6)
    assert engine.num_own == 0


async def test_an_engine_too_busy_to_say_how_much_it_has_is_not_idle() -> None:
    engine = Engine()
    run = Run(engine, H100)
    await run.passes(0.02)
    engine.is_silent = True
    num_requests = engine.num_requests
    await run.passes(2)
    assert engine.num_requests <= num_requests + 8
    engine.is_silent = False
    assert await run.ends() == "steady"
