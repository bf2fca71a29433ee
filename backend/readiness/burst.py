"""Requests at once: a lone one that is waited for, a burst that yields to other people's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import cycle, islice
from statistics import fmean
from typing import Any
from uuid import uuid4

from backend.errors import EngineTimeoutError
from backend.readiness.timing import Sleep, within
from backend.readiness.warmup_policy import SHORT_PROMPT_TOKENS, Series, WarmupPolicy

Generate = Callable[[str, int], Awaitable[float]]
"""`generate(prompt, max_tokens)` returns the TTFT in seconds when the reply has ended."""

CountRequests = Callable[[], Awaitable[int | None]]
"""How many requests the engine has in work or waiting, whoever sent them; `None`: not known."""

_LONG_PROMPT = "the sea is wide and blue and the wind is cold and clear today"  # a token a word


class EngineInUseError(Exception):
    """Other people's requests are in the engine, and stay there."""


class Bursts:
    """Sends the bursts of one warm-up; no request outlives the call that sent it.

    Args:
        generate: one chat completion as the chat asks for it.
        policy: how long anything may take.
        count_requests: tells other people's requests, beside which no burst runs.
        sleep: waits seconds.
    """

    def __init__(
        self,
        generate: Generate,
        policy: WarmupPolicy,
        *,
        count_requests: CountRequests,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._generate = generate
        self._policy = policy
        self._count_requests = count_requests
        self._sleep = sleep
        self._waited_seconds = 0.0  # for others
        self._says_how_many = False  # the engine has told a count before

    async def alone(self) -> float:
        """The TTFT of the first lone request that ends.

        One without an answer gets company, and is not given up: a slow engine still answers it,
        an engine that has lost it answers the next.

        Raises:
            EngineTimeoutError: none ended in time. Values: `timeout_seconds`.
            Exception: what `generate` raised.
        """
        policy = self._policy
        requests: list[asyncio.Task[float]] = []
        try:
            for _ in range(policy.num_lone_requests):
                requests.append(self._request(0))
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

    async def together(self, series: Series, timeout_seconds: float) -> float:
        """The mean TTFT of a series' requests at once, with nobody else's beside them.

        It waits until other people's are done, and begins anew when some come meanwhile.

        Raises:
            EngineInUseError: it has waited for the policy's `polite_seconds` in all.
            EngineTimeoutError: the burst did not end in time. Values: `timeout_seconds`.
            Exception: what `generate` raised.
        """
        while True:
            await self._until_nobody_else()
            mean = await self._undisturbed(series, timeout_seconds)
            if mean is not None:
                return mean

    async def _until_nobody_else(self) -> None:
        while not await self._is_idle():
            if self._waited_seconds >= self._policy.polite_seconds:
                raise EngineInUseError
            await self._sleep(self._policy.look_seconds)
            self._waited_seconds += self._policy.look_seconds

    async def _undisturbed(self, series: Series, timeout_seconds: float) -> float | None:
        """The mean TTFT of one burst; `None` if it was ended because others came."""
        lengths = [series.long_prompt_tokens] * series.num_long
        lengths += [0] * (series.num_requests - series.num_long)
        requests = [self._request(length) for length in lengths]
        answers = asyncio.create_task(_all(requests))
        others = asyncio.create_task(self._until_others_come(requests))
        either = asyncio.wait((answers, others), return_when=asyncio.FIRST_COMPLETED)
        try:
            await within(timeout_seconds, either, self._sleep)
            return fmean(answers.result()) if answers.done() else None
        except TimeoutError:
            raise EngineTimeoutError(timeout_seconds=timeout_seconds) from None
        finally:
            await _end([answers, others, *requests])

    async def _is_idle(self) -> bool:
        """Whether nobody's requests are in the engine; one too busy to say it has some."""
        count = await self._count_requests()
        self._says_how_many = self._says_how_many or count is not None
        return count == 0 or (count is None and not self._says_how_many)

    async def _until_others_come(self, own: Sequence[asyncio.Task[float]]) -> None:
        """Two looks in a row have to agree: the engine may count a reply that has just ended."""
        was_more = False
        while True:
            num_own = sum(not request.done() for request in own)
            count = await self._count_requests()
            is_more = count is not None and count > num_own
            if is_more and was_more:
                return
            was_more = is_more
            await self._sleep(self._policy.look_seconds)

    def _request(self, num_words: int) -> asyncio.Task[float]:
        # no two prompts begin alike, or the prefix cache would answer for the engine
        words = islice(cycle(_LONG_PROMPT.split()), max(num_words - SHORT_PROMPT_TOKENS, 0))
        about = " ".join([*words, "write one sentence about the sea."])
        prompt = f"{uuid4().hex}: {about}"
        return asyncio.create_task(self._generated(prompt))

    async def _generated(self, prompt: str) -> float:
        return await self._generate(prompt, self._policy.max_tokens)


async def nobody_else() -> int | None:
    """Counts no requests, where the engine is asked for none."""
    return None


async def _all(requests: list[asyncio.Task[float]]) -> list[float]:
    return await asyncio.gather(*requests)


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
