"""The warm-up: real tokens, alone and in bursts, until a burst is no slower than the one before.

Why: kernels compile at their first use. On an H100 the first burst of 32 after `/health` said 200
had a mean TTFT of 3.3 s and the next one 0.13 s, while a lone request, at 0.05 s, showed nothing
of it and cured nothing. In one boot the second burst compiled too (3.3, 3.6, 0.13 s): two that
agree are not enough where both are slow for that engine; a third has to agree with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from uuid import uuid4

from backend.errors import EngineTimeoutError
from backend.readiness.gate import WarmupBurst
from backend.readiness.timing import Sleep, within

Generate = Callable[[str, int], Awaitable[float]]
"""`generate(prompt, max_tokens)` returns the TTFT in seconds when the reply has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupPolicy:
    """How much is generated, and when it is enough.

    Attributes:
        burst_sizes: requests at once, one series of bursts for each size.
        max_tokens: length of each reply, in tokens.
        steady_ratio: a burst whose mean TTFT is at most so many times that of the one before it
            is no slower (1.2 is what repeated bursts differ by on a warm H100).
        slow_ratio: one whose mean TTFT is more than so many times the lone request's is slow
            (bursts of 32 on an H100: up to 4.8 when warm, 66 when they compiled).
        max_bursts: bursts in a series at most, steady or not; at least 2.
        max_seconds: after so long no burst is added to the 2 of a series.
        patience_seconds: a lone request without an answer gets company after so long.
        num_lone_requests: so many lone requests without an answer are a time-out.
        min_burst_timeout_seconds: a burst may take so long, or twice what its requests take one
            after another, up to `max_burst_timeout_seconds`.
        max_burst_timeout_seconds: see above.
    """

    burst_sizes: tuple[int, ...] = (8,)
    max_tokens: int = 16
    steady_ratio: float = 1.2
    slow_ratio: float = 5.0
    max_bursts: int = 6
    max_seconds: float = 12.0
    patience_seconds: float = 8.0
    num_lone_requests: int = 8
    min_burst_timeout_seconds: float = 10.0
    max_burst_timeout_seconds: float = 60.0

    def burst_timeout_seconds(self, size: int, lone_ttft_seconds: float) -> float:
        """How long a burst may take on an engine whose lone request took so long to begin."""
        seconds = max(2 * size * lone_ttft_seconds, self.min_burst_timeout_seconds)
        return min(seconds, self.max_burst_timeout_seconds)

    def is_steady(self, means: Sequence[float], lone_ttft_seconds: float) -> bool:
        """Whether bursts of these mean TTFTs, in seconds, oldest first, end a series.

        The last one is no slower than the one before it. If it is slow all the same, either both
        compiled or so many at once take so long: one more burst tells, which is quick, or else no
        slower again. So an engine that is warm at once pays for two bursts, or for three.
        """
        is_slow = means[-1] > lone_ttft_seconds * self.slow_ratio
        num_pairs = 2 if is_slow else 1
        pairs = list(pairwise(means))[-num_pairs:]
        return len(pairs) == num_pairs and all(
            later <= earlier * self.steady_ratio for earlier, later in pairs
        )


class Warmup:
    """Warms one engine.

    Args:
        generate: one chat completion as the chat asks for it, with the chat's own sampling
            parameters: they choose the kernels.
        policy: how much, and when it is enough.
        clock: monotonic seconds.
        sleep: waits seconds.
    """

    def __init__(
        self,
        generate: Generate,
        policy: WarmupPolicy | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._generate = generate
        self._policy = policy or WarmupPolicy()
        self._clock = clock
        self._sleep = sleep

    async def run(self, on_burst: Callable[[WarmupBurst], None]) -> None:
        """Generate until the engine is warm; `on_burst` is told of each burst, the lone one too.

        No request outlives this call, however it ends.

        Raises:
            EngineTimeoutError: a request did not end in time. Values: `timeout_seconds`.
            Exception: what `generate` raised.
        """
        started_at = self._clock()
        lone_ttft_seconds = await self._alone()
        on_burst(WarmupBurst(num_requests=1, mean_ttft_seconds=lone_ttft_seconds))
        for size in self._policy.burst_sizes:
            timeout_seconds = self._policy.burst_timeout_seconds(size, lone_ttft_seconds)
            means: list[float] = []
            while not self._is_enough(means, lone_ttft_seconds, self._clock() - started_at):
                means.append(await self._burst(size, timeout_seconds))
                on_burst(WarmupBurst(num_requests=size, mean_ttft_seconds=means[-1]))

    def _is_enough(
        self, means: list[float], lone_ttft_seconds: float, elapsed_seconds: float
    ) -> bool:
        return len(means) >= 2 and (
            self._policy.is_steady(means, lone_ttft_seconds)
            or len(means) >= self._policy.max_bursts
            or elapsed_seconds >= self._policy.max_seconds
        )

    async def _alone(self) -> float:
        """The TTFT of the first lone request that ends.

        One without an answer gets company, and is not given up: a slow engine still answers it,
        an engine that has lost it answers the next.
        """
        policy = self._policy
        requests: set[asyncio.Task[float]] = set()
        try:
            for _ in range(policy.num_lone_requests):
                requests.add(self._request())
                answer = asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
                with suppress(TimeoutError):
                    await within(policy.patience_seconds, answer, self._sleep)
                ended = next((request for request in requests if request.done()), None)
                if ended is not None:
                    return ended.result()
            timeout_seconds = policy.patience_seconds * policy.num_lone_requests
            raise EngineTimeoutError(timeout_seconds=timeout_seconds)
        finally:
            await _end(requests)

    async def _burst(self, size: int, timeout_seconds: float) -> float:
        """The mean TTFT of so many requests at once."""
        requests = [self._request() for _ in range(size)]
        answers = _all(requests)
        try:
            return fmean(await within(timeout_seconds, answers, self._sleep))
        except TimeoutError:
            raise EngineTimeoutError(timeout_seconds=timeout_seconds) from None
        finally:
            await _end(requests)

    def _request(self) -> asyncio.Task[float]:
        # no two prompts begin alike, or the prefix cache would answer for the engine
        prompt = f"{uuid4().hex}: write one sentence about the sea."
        return asyncio.create_task(self._generated(prompt))

    async def _generated(self, prompt: str) -> float:
        return await self._generate(prompt, self._policy.max_tokens)


async def _all(requests: list[asyncio.Task[float]]) -> list[float]:
    return await asyncio.gather(*requests)


async def _end(requests: set[asyncio.Task[float]] | list[asyncio.Task[float]]) -> None:
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
