"""The engine as it is now, out of two looks at its counters."""

from __future__ import annotations

from dataclasses import replace

from backend.readiness.live import MAX_GAP_SECONDS, LiveEngine, LiveNumbers
from backend.readiness.metrics import EngineNumbers

NUMBERS = EngineNumbers(
    num_running=3,
    num_waiting=2,
    num_generated=1000.0,
    kv_cache_usage=0.04,
    num_prefix_queries=200.0,
    num_prefix_hits=122.0,
)


class Looks:
    """What the engine says at each look, and when."""

    def __init__(self, *looks: tuple[float, EngineNumbers | None]) -> None:
        self._looks = list(looks)
        self.now = 0.0

    async def read(self) -> EngineNumbers | None:
        self.now, numbers = self._looks.pop(0)
        return numbers

    async def last(self) -> LiveNumbers | None:
        engine = LiveEngine(self.read, clock=lambda: self.now)
        seen: LiveNumbers | None = None
        while self._looks:
            seen = await engine.look()
        return seen


def after(num_generated: float | None) -> EngineNumbers:
    return replace(NUMBERS, num_generated=num_generated)


async def test_the_first_look_knows_no_rate() -> None:
    assert await Looks((0, NUMBERS)).last() == LiveNumbers(
        num_waiting=2, tokens_per_second=None, kv_cache_usage=0.04, prefix_hit_rate=0.61
    )


async def test_the_rate_is_what_came_since_the_look_before() -> None:
    seen = await Looks((0, NUMBERS), (2, after(1424.0))).last()
    assert seen is not None
    assert seen.tokens_per_second == 212.0


async def test_an_engine_that_began_anew_has_no_rate_yet() -> None:
    seen = await Looks((0, NUMBERS), (2, after(10.0))).last()
    assert seen is not None
    assert seen.tokens_per_second is None


async def test_a_rate_over_a_long_time_is_not_one_of_now() -> None:
    seen = await Looks((0, NUMBERS), (MAX_GAP_SECONDS + 1, after(2000.0))).last()
    assert seen is not None
    assert seen.tokens_per_second is None


async def test_an_engine_that_does_not_answer_says_nothing_and_is_forgotten() -> None:
    assert await Looks((0, NUMBERS), (2, None)).last() is None
    seen = await Looks((0, NUMBERS), (2, None), (4, after(1400.0))).last()
    assert seen is not None
    assert seen.tokens_per_second is None


async def test_nothing_looked_for_in_the_prefix_cache_is_no_rate_of_zero() -> None:
    seen = await Looks((0, replace(NUMBERS, num_prefix_queries=0.0, num_prefix_hits=0.0))).last()
    assert seen is not None
    assert seen.prefix_hit_rate is None
