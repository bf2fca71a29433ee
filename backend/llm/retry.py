"""Trying again until the engine answers, inside a deadline.

The policy is a value; each retry is one too, and goes from here to the page. What is tried is
the opening of a stream: nothing comes here once a token has come.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, RetryError, retry_if_exception
from tenacity.stop import stop_base
from tenacity.wait import wait_base, wait_exponential

from backend.errors import (
    EngineBusyError,
    EngineTimeoutError,
    RetriesExhaustedError,
    WarmlineError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A retry that is about to be waited for.

    Attributes:
        num_attempt: the attempt that comes next, 2 for the second try.
        wait_seconds: from now until then.
        waited_seconds: from the start until now.
        cause: why the last attempt failed.
    """

    num_attempt: int
    wait_seconds: float
    waited_seconds: float
    cause: WarmlineError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long and how often.

    The wait before retry n is `backoff = min(first_wait · 2^(n−1), max_wait)`, of which the share
    `jitter` is random; it is never shorter than the engine's `Retry-After`, which then has the
    random part on top, so that those who were sent away together do not come back together.
    """

    deadline_seconds: float = 300.0
    first_wait_seconds: float = 0.5
    max_wait_seconds: float = 10.0
    jitter: float = 0.5

    def wait(self, rng: Callable[[], float]) -> wait_base:
        """The waits; `rng` gives the random part, from 0 to 1."""
        return _WaitBackoff(self, rng)

    def stop(self, waited_seconds: Callable[[], float]) -> stop_base:
        """The end: where the next attempt would come after the deadline."""
        return _StopBeforeDeadline(self, waited_seconds)


class _WaitBackoff(wait_base):
    def __init__(self, policy: RetryPolicy, rng: Callable[[], float]) -> None:
        self._exponential = wait_exponential(
            multiplier=policy.first_wait_seconds, max=policy.max_wait_seconds
        )
        self._jitter = policy.jitter
        self._rng = rng

    def __call__(self, retry_state: RetryCallState) -> float:
        backoff = self._exponential(retry_state)
        cause = _cause(retry_state)
        asked = cause.retry_after_seconds if isinstance(cause, EngineBusyError) else None
        shortest = max(backoff * (1 - self._jitter), asked or 0.0)
        return shortest + backoff * self._jitter * self._rng()


class _StopBeforeDeadline(stop_base):
    def __init__(self, policy: RetryPolicy, waited_seconds: Callable[[], float]) -> None:
        self._deadline_seconds = policy.deadline_seconds
        self._waited_seconds = waited_seconds

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._waited_seconds() + retry_state.upcoming_sleep >= self._deadline_seconds


async def with_retries(
    attempt: Callable[[float], Awaitable[T]],
    policy: RetryPolicy,
    *,
    before_attempt: Callable[[], Awaitable[None]],
    on_retry: Callable[[Retry], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    rng: Callable[[], float] = random.random,
) -> T:
    """What the first attempt that succeeds returns.

    Args:
        attempt: tried; gets the seconds that are left and keeps to them.
        policy: how long and how often.
        before_attempt: awaited before each attempt; its time counts, and the deadline ends it.
        on_retry: told of each retry before it is waited for.
        sleep: waits seconds.
        clock: monotonic seconds.
        rng: random numbers from 0 to 1.

    Raises:
        RetriesExhaustedError: the deadline passed, or would while waiting.
        Exception: what an attempt raised that trying again does not cure.
    """
    attempts = _Attempts(attempt, policy, before_attempt, on_retry, clock)
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=policy.wait(rng),
        stop=policy.stop(attempts.waited_seconds),
        sleep=sleep,
        before_sleep=attempts.tell,
    )
    try:
        return await retrying(attempts.once)
    except RetryError:
        raise attempts.exhausted() from attempts.last


class _Attempts(Generic[T]):
    """The attempts of one `with_retries`: how many, for how long, the last failure."""

    def __init__(
        self,
        attempt: Callable[[float], Awaitable[T]],
        policy: RetryPolicy,
        before_attempt: Callable[[], Awaitable[None]],
        on_retry: Callable[[Retry], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._attempt = attempt
        self._deadline_seconds = policy.deadline_seconds
        self._before_attempt = before_attempt
        self._on_retry = on_retry
        self._clock = clock
        self._began_at = clock()
        self._num_attempts = 0
        self.last: WarmlineError = EngineTimeoutError(timeout_seconds=policy.deadline_seconds)

    def waited_seconds(self) -> float:
        return self._clock() - self._began_at

    async def once(self) -> T:
        try:
            async with asyncio.timeout(self._seconds_left()):
                await self._before_attempt()
        except TimeoutError:
            raise self.exhausted() from None
        self._num_attempts += 1
        try:
            return await self._attempt(self._seconds_left())
        except WarmlineError as failure:
            self.last = failure
            raise

    async def tell(self, retry_state: RetryCallState) -> None:
        retry = Retry(
            num_attempt=self._num_attempts + 1,
            wait_seconds=retry_state.upcoming_sleep,
            waited_seconds=self.waited_seconds(),
            cause=self.last,
        )
        await self._on_retry(retry)

    def exhausted(self) -> RetriesExhaustedError:
        return RetriesExhaustedError(
            self.last, num_attempts=self._num_attempts, waited_seconds=self.waited_seconds()
        )

    def _seconds_left(self) -> float:
        return self._deadline_seconds - self.waited_seconds()


def _may_pass(failure: BaseException) -> bool:
    return isinstance(failure, WarmlineError) and failure.retryable


def _cause(retry_state: RetryCallState) -> BaseException | None:
    return retry_state.outcome.exception() if retry_state.outcome else None
