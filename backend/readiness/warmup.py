"""The warm-up: real tokens, alone and in bursts, until a burst is no slower than the one before.

Why: kernels compile at their first use. On an H100 the first burst of 32 after `/health` said 200
had a mean TTFT of 3.3 s and the next one 0.13 s, while a lone request, at 0.05 s, showed nothing
of it and cured nothing. In one boot the second burst compiled too (3.3, 3.6, 0.13 s): two that
agree are not enough where both are slow for that engine; a third has to agree with them. What
compiles depends on the batch and on the prompts: bursts come at each size that will be served,
with short and long prompts.

    alone ─→ 8 at once ─→ long prompts, alone ─→ 32 at once ─→ … ─→ max_num_seqs
                          └─ each repeated until steady, or left out: too slow for it ─┘

What a series came to is known at the next start of the same command (`warmup_history`): a burst as
fast as that ends it at once. A burst that compiles is many times slower, and is repeated.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.errors import EngineBusyError
from backend.readiness.burst import Bursts, CountRequests, EngineInUseError, Generate, nobody_else
from backend.readiness.gate import WarmupBurst
from backend.readiness.timing import Sleep
from backend.readiness.warmup_policy import SHORT_PROMPT_TOKENS, Capacity, Series, WarmupPolicy

Ended = Literal["steady", "limited", "in_use"]
"""Every series was played; some were left out; other people came, and had the engine."""

OnBurst = Callable[[WarmupBurst], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    """How a warm-up ended, and what the next one of the same command may know.

    Attributes:
        ended: see `Ended`.
        steady_ttft_seconds: mean TTFT that ended a series, by the series' name.
        learning_seconds: what was spent on bursts that one who knows that is spared.
    """

    ended: Ended
    steady_ttft_seconds: Mapping[str, float]
    learning_seconds: float


def nothing_known() -> Mapping[str, float]:
    """Of an engine that was never warmed up."""
    return {}


class Warmup:
    """Warms one engine.

    Args:
        generate: one chat completion as the chat asks for it, with the chat's own sampling
            parameters: they choose the kernels.
        policy: how much, and when it is enough.
        count_requests: tells other people's requests, beside which no burst runs.
        clock: monotonic seconds.
        sleep: waits seconds.
    """

    def __init__(
        self,
        generate: Generate,
        policy: WarmupPolicy | None = None,
        *,
        count_requests: CountRequests = nobody_else,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._generate = generate
        self._policy = policy or WarmupPolicy()
        self._count_requests = count_requests
        self._clock = clock
        self._sleep = sleep

    async def run(
        self,
        capacity: Callable[[], Capacity],
        on_burst: OnBurst,
        known: Callable[[], Mapping[str, float]] = nothing_known,
    ) -> Warmed:
        """Generate until the engine is warm; `on_burst` is told of each burst, the lone one too.

        An engine that other people use all the time is warm by their use: then the lone request,
        which shows that it generates, may be all. No request outlives this call, however it ends.

        Args:
            capacity: what the engine serves, as far as is known after the lone request.
            on_burst: must not block or raise.
            known: `steady_ttft_seconds` of an earlier warm-up of the same command, as far as is
                known after the lone request.

        Raises:
            EngineTimeoutError: a request did not end in time. Values: `timeout_seconds`.
            Exception: what `generate` raised.
        """
        bursts = Bursts(
            self._generate, self._policy, count_requests=self._count_requests, sleep=self._sleep
        )
        run = _Run(self._policy, bursts, on_burst, self._clock)
        ended = await run.play(capacity, known)
        return Warmed(
            ended=ended, steady_ttft_seconds=run.steady, learning_seconds=run.learning_seconds
        )


class _Run:
    """One warm-up: what it has cost so far decides what comes next."""

    def __init__(
        self,
        policy: WarmupPolicy,
        bursts: Bursts,
        on_burst: OnBurst,
        clock: Callable[[], float],
    ) -> None:
        self.steady: dict[str, float] = {}
        self.learning_seconds = 0.0
        self._known: Mapping[str, float] = {}
        self._policy = policy
        self._bursts = bursts
        self._on_burst = on_burst
        self._clock = clock
        self._began_at = clock()
        self._lone_ttft_seconds = 0.0
        self._num_tokens = 0
        self._seconds_per_token = math.inf  # at the best so far

    async def play(
        self, get_capacity: Callable[[], Capacity], get_known: Callable[[], Mapping[str, float]]
    ) -> Ended:
        await self._alone()
        capacity, self._known = get_capacity(), get_known()
        try:
            await self._repeat(self._policy.smallest_burst(capacity))
            longest = await self._long_prompts(capacity)
            return await self._larger_bursts(capacity, longest)
        except EngineInUseError:
            return "in_use"

    async def _alone(self) -> None:
        self._lone_ttft_seconds = await self._bursts.alone()
        self._count(SHORT_PROMPT_TOKENS + self._policy.max_tokens, self._elapsed_seconds)
        self._on_burst(WarmupBurst(num_requests=1, mean_ttft_seconds=self._lone_ttft_seconds))

    async def _long_prompts(self, capacity: Capacity) -> int:
        """Long prompts alone; the length in tokens of the longest, 0 if there was time for none."""
        longest = 0
        for series in self._policy.long_prompts(capacity):
            if not self._has_time_for(series):
                break
            await self._repeat(series)
            longest = series.long_prompt_tokens
        return longest

    async def _larger_bursts(self, capacity: Capacity, long_prompt_tokens: int) -> Ended:
        for series in self._policy.larger_bursts(capacity, long_prompt_tokens):
            if not self._has_time_for(series):
                return "limited"
            try:
                await self._repeat(series)
            except EngineBusyError:
                return "limited"  # so many at once are more than it queues
        return "steady"

    def _has_time_for(self, series: Series) -> bool:
        """Whether two bursts fit, at the best speed so far: batching makes a larger one faster."""
        policy = self._policy
        expected_seconds = 2 * series.num_tokens * self._seconds_per_token
        left_seconds = min(policy.max_seconds - self._elapsed_seconds, policy.max_series_seconds)
        left_tokens = policy.max_total_tokens - self._num_tokens
        return expected_seconds <= left_seconds and 2 * series.num_tokens <= left_tokens

    async def _repeat(self, series: Series) -> None:
        """Repeat one burst until it is steady."""
        timeout_seconds = self._policy.burst_timeout_seconds(
            series.num_requests, self._lone_ttft_seconds
        )
        known = self._known.get(series.name)
        means: list[float] = []
        seconds: list[float] = []
        while not self._is_enough(means, series, known):
            began_at = self._clock()
            means.append(await self._bursts.together(series, timeout_seconds))
            seconds.append(self._clock() - began_at)
            self._count(series.num_tokens, seconds[-1])
            self._on_burst(
                WarmupBurst(
                    num_requests=series.num_requests,
                    mean_ttft_seconds=means[-1],
                    has_long_prompts=series.num_long == series.num_requests,
                )
            )
        if self._policy.is_steady(means, self._lone_ttft_seconds):
            self.steady[series.name] = means[-1]
            self.learning_seconds += sum(seconds[:-1]) if known is None else 0.0

    def _is_enough(self, means: list[float], series: Series, known: float | None) -> bool:
        policy = self._policy
        if means and policy.is_steady(means, self._lone_ttft_seconds, known):
            return True
        return len(means) >= 2 and (
            len(means) >= policy.max_bursts
            or self._elapsed_seconds >= policy.max_seconds
            or self._num_tokens + series.num_tokens > policy.max_total_tokens
        )

    def _count(self, num_tokens: int, seconds: float) -> None:
        self._num_tokens += num_tokens
        self._seconds_per_token = min(self._seconds_per_token, seconds / num_tokens)

    @property
    def _elapsed_seconds(self) -> float:
        return self._clock() - self._began_at
