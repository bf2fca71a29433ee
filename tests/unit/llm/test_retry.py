"""Trying again: exact waits on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from backend.errors import (
    BadRequestError,
    EngineBusyError,
    EngineFaultError,
    EngineUnreachableError,
    RetriesExhaustedError,
)
from backend.llm.retry import Retry, RetryPolicy, with_retries

Outcome = str | Exception


async def at_once() -> None:
    pass


async def never() -> None:
    await asyncio.Event().wait()


class World:
    """A clock that only sleeping and attempts move, and an attempt that goes as scripted."""

    def __init__(self, *outcomes: Outcome, attempt_seconds: float = 0.0) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.retries: list[Retry] = []
        self.seconds_left: list[float] = []
        self.random = 0.0
        self._outcomes = list(outcomes)
        self._attempt_seconds = attempt_seconds

    async def run(
        self,
        policy: RetryPolicy | None = None,
        *,
        before_attempt: Callable[[], Awaitable[None]] = at_once,
    ) -> str:
        return await with_retries(
            self._attempt,
            policy or RetryPolicy(),
            before_attempt=before_attempt,
            on_retry=self._told,
            sleep=self._sleep,
            clock=lambda: self.now,
            rng=lambda: self.random,
        )

    async def _attempt(self, seconds_left: float) -> str:
        self.seconds_left.append(seconds_left)
        self.now += self._attempt_seconds
        # the last one goes on for ever
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _told(self, retry: Retry) -> None:
        self.retries.append(retry)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


REFUSED = EngineUnreachableError("refused")


async def test_the_first_success_is_returned_and_nothing_is_waited_for() -> None:
    world = World("reply")

    assert await world.run() == "reply"
    assert world.slept == []
    assert world.retries == []


async def test_waits_double_up_to_the_longest() -> None:
    world = World(*[REFUSED] * 7, "reply")

    assert await world.run(RetryPolicy(jitter=0)) == "reply"
    assert world.slept == [0.5, 1, 2, 4, 8, 10, 10]


async def test_jitter_takes_its_share_off_each_wait() -> None:
    world = World(*[REFUSED] * 3, "reply")

    await world.run(RetryPolicy(jitter=0.5))

    assert world.slept == [0.25, 0.5, 1]


async def test_jitter_gives_its_share_back_by_chance() -> None:
    world = World(*[REFUSED] * 3, "reply")
    world.random = 0.5

    await world.run(RetryPolicy(jitter=0.5))

    assert world.slept == [0.375, 0.75, 1.5]


async def test_each_retry_is_told_before_it_is_waited_for() -> None:
    busy = EngineBusyError("HTTP 503")
    world = World(REFUSED, busy, "reply", attempt_seconds=3)

    await world.run(RetryPolicy(jitter=0))

    assert world.retries == [
        Retry(num_attempt=2, wait_seconds=0.5, waited_seconds=3, cause=REFUSED),
        Retry(num_attempt=3, wait_seconds=1, waited_seconds=6.5, cause=busy),
    ]


async def test_an_attempt_knows_the_seconds_that_are_left() -> None:
    world = World(REFUSED, "reply", attempt_seconds=3)

    await world.run(RetryPolicy(deadline_seconds=60, jitter=0))

    assert world.seconds_left == [60, 56.5]


class TestRetryAfter:
    async def test_is_never_undercut(self) -> None:
        world = World(EngineBusyError(retry_after_seconds=7), "reply")

        await world.run(RetryPolicy(jitter=0.5))

        assert world.slept == [7]

    async def test_spreads_those_who_were_sent_away_together(self) -> None:
        world = World(EngineBusyError(retry_after_seconds=7), "reply")
        world.random = 1.0

        await world.run(RetryPolicy(first_wait_seconds=2, jitter=0.5))

        assert world.slept == [8]

    async def test_that_is_shorter_than_the_backoff_changes_nothing(self) -> None:
        world = World(REFUSED, REFUSED, EngineBusyError(retry_after_seconds=1), "reply")

        await world.run(RetryPolicy(jitter=0))

        assert world.slept == [0.5, 1, 2]

    async def test_beyond_the_deadline_gives_up_at_once(self) -> None:
        world = World(EngineBusyError(retry_after_seconds=61))

        with pytest.raises(RetriesExhaustedError):
            await world.run(RetryPolicy(deadline_seconds=60))
        assert world.slept == []


class TestDeadline:
    async def test_ends_the_trying_with_the_last_failure(self) -> None:
        fault = EngineFaultError("HTTP 500")
        world = World(REFUSED, fault)

        with pytest.raises(RetriesExhaustedError) as exhausted:
            await world.run(RetryPolicy(deadline_seconds=8, jitter=0))

        # at 0, 0.5, 1.5, 3.5 and 7.5 s; the next would come at 15.5 s
        assert exhausted.value.values == {"num_attempts": 5, "waited_seconds": 7.5}
        assert exhausted.value.last is fault
        assert world.slept == [0.5, 1, 2, 4]

    async def test_counts_what_attempts_take(self) -> None:
        world = World(REFUSED, attempt_seconds=30)

        with pytest.raises(RetriesExhaustedError) as exhausted:
            await world.run(RetryPolicy(deadline_seconds=60, jitter=0))

        assert exhausted.value.values == {"num_attempts": 2, "waited_seconds": 60.5}

    async def test_counts_what_waiting_for_the_gate_takes(self) -> None:
        world = World("reply")

        async def gate_opens() -> None:
            world.now += 20

        assert await world.run(RetryPolicy(deadline_seconds=60), before_attempt=gate_opens)
        assert world.seconds_left == [40]

    async def test_ends_the_wait_for_a_gate_that_does_not_open(self) -> None:
        world = World("reply")
        policy = RetryPolicy(deadline_seconds=0.01)

        with pytest.raises(RetriesExhaustedError) as exhausted:
            await world.run(policy, before_attempt=never)
        assert exhausted.value.values["num_attempts"] == 0
        assert exhausted.value.last.kind == "engine_timeout"


async def test_the_gate_is_awaited_before_each_attempt() -> None:
    world = World(REFUSED, REFUSED, "reply")
    num_waits = 0

    async def gate() -> None:
        nonlocal num_waits
        num_waits += 1
        assert len(world.seconds_left) == num_waits - 1

    await world.run(before_attempt=gate)

    assert num_waits == 3


@pytest.mark.parametrize("final", [BadRequestError("HTTP 400"), ValueError("a defect")])
async def test_what_does_not_pass_is_raised_as_it_is(final: Exception) -> None:
    world = World(REFUSED, final)

    with pytest.raises(type(final)) as raised:
        await world.run()
    assert raised.value is final
    assert len(world.slept) == 1


async def test_what_the_gate_raises_is_raised_as_it_is() -> None:
    async def gate() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await World("reply").run(before_attempt=gate)


class TestCancellation:
    async def test_passes_through_an_attempt(self) -> None:
        trying = asyncio.Event()

        async def attempt(seconds_left: float) -> None:
            trying.set()
            await asyncio.Event().wait()

        await self._cancelled(attempt, trying, at_once)

    async def test_passes_through_the_wait_for_the_gate(self) -> None:
        waiting = asyncio.Event()

        async def attempt(seconds_left: float) -> None:
            raise AssertionError("the gate is closed")

        async def gate() -> None:
            waiting.set()
            await asyncio.Event().wait()

        await self._cancelled(attempt, waiting, gate)

    async def test_passes_through_the_wait_for_a_retry(self) -> None:
        sleeping = asyncio.Event()

        async def attempt(seconds_left: float) -> None:
            raise REFUSED

        async def sleep(seconds: float) -> None:
            sleeping.set()
            await asyncio.Event().wait()

        await self._cancelled(attempt, sleeping, at_once, sleep)

    async def _cancelled(
        self,
        attempt: Callable[[float], Awaitable[None]],
        reached: asyncio.Event,
        gate: Callable[[], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        async def told(retry: Retry) -> None:
            pass

        turn = asyncio.create_task(
            with_retries(attempt, RetryPolicy(), before_attempt=gate, on_retry=told, sleep=sleep)
        )
        await reached.wait()
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
