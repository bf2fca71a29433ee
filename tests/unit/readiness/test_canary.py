from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import pytest

from backend.errors import EngineBusyError, EngineFaultError, EngineTimeoutError
from backend.readiness.canary import Canary, CanaryPolicy
from tests.unit.readiness.fake_time import FakeTime, settle

CONTRACT_SECONDS = 15.0  # the gate closes within so long
LOST_SECONDS = 13.0


@dataclass(frozen=True)
class Answer:
    """How one canary ends."""

    after_seconds: float = 0.0
    failure: Exception | None = None


NEVER = Answer(math.inf)
FAULT = Answer(failure=EngineFaultError("HTTP 500", status=500))
BUSY = Answer(failure=EngineBusyError("HTTP 503", status=503))


class Flight:
    """A canary on its way, and the engine that answers it as the test says."""

    def __init__(self, *answers: Answer, then: Answer = NEVER) -> None:
        self.time = FakeTime()
        self.began_at = self.time.now
        self.reply_bytes_at: float | None = None
        self.prompts: list[str] = []
        self.max_tokens: set[int] = set()
        self.sent_after: list[float] = []
        self.num_running = 0
        self.max_running = 0
        self._answers = [*answers]
        self._then = then
        canary = Canary(
            self._generate,
            last_sign_of_life=lambda: self.reply_bytes_at,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )
        self.task = asyncio.create_task(canary.until_lost())

    async def _generate(self, prompt: str, max_tokens: int) -> float:
        self.prompts.append(prompt)
        self.max_tokens.add(max_tokens)
        self.sent_after.append(round(self.time.now - self.began_at, 3))
        answer = self._answers.pop(0) if self._answers else self._then
        self.num_running += 1
        self.max_running = max(self.max_running, self.num_running)
        try:
            if answer.after_seconds:
                await self.time.sleep(answer.after_seconds)
            if answer.failure is not None:
                raise answer.failure
            return answer.after_seconds
        finally:
            self.num_running -= 1

    async def passes(self, seconds: float, *, with_reply_bytes: bool = False) -> None:
        for _ in range(round(seconds * 2)):
            if with_reply_bytes:
                self.reply_bytes_at = self.time.now
            await self.time.passes(0.5)

    async def lost_after(self, at_most_seconds: float = 60.0) -> float:
        """Seconds from now until the engine is lost."""
        began = self.time.now
        await settle()
        while not self.task.done():
            assert self.time.now - began < at_most_seconds, "not lost"
            await self.time.passes(0.1)
        return round(self.time.now - began, 3)


def answering() -> Flight:
    return Flight(then=Answer())


async def test_one_token_is_asked_for_whenever_it_has_been_quiet_for_four_seconds() -> None:
    flight = answering()
    await flight.passes(17)
    assert flight.sent_after == [4, 8, 12, 16]
    assert flight.max_tokens == {1}


async def test_an_engine_that_generates_is_never_lost() -> None:
    flight = answering()
    await flight.passes(600)
    assert not flight.task.done()
    assert len(flight.prompts) == 150


async def test_none_is_sent_while_replies_come() -> None:
    flight = answering()
    await flight.passes(60, with_reply_bytes=True)
    assert flight.prompts == []
    await flight.passes(4)
    assert len(flight.prompts) == 1


async def test_replies_of_long_ago_are_no_sign_of_life() -> None:
    flight = Flight()
    flight.reply_bytes_at = flight.time.now - 600
    assert await flight.lost_after() == LOST_SECONDS


async def test_no_two_begin_alike() -> None:
    flight = answering()
    await flight.passes(60)
    assert len({prompt[:8] for prompt in flight.prompts}) == len(flight.prompts)


async def test_an_engine_that_never_answers_is_lost_in_time() -> None:
    flight = Flight()
    assert await flight.lost_after() == LOST_SECONDS < CONTRACT_SECONDS
    assert await flight.task == "no answer"
    assert flight.sent_after == [4]


async def test_a_slow_answer_is_an_answer() -> None:
    flight = Flight(then=Answer(8.5))
    await flight.passes(60)
    assert not flight.task.done()


async def test_it_is_quiet_for_four_seconds_after_an_answer_too() -> None:
    flight = Flight(then=Answer(2.0))
    await flight.passes(17)
    assert flight.sent_after == [4, 10, 16]


@pytest.mark.parametrize("num_bytes_seconds", [0.5, 4.5, 8.5, 12.5, 13, 17.5, 30, 45.5])
async def test_it_is_lost_as_soon_after_the_last_bytes_of_a_reply(
    num_bytes_seconds: float,
) -> None:
    flight = Flight()
    await flight.passes(num_bytes_seconds, with_reply_bytes=True)
    last = flight.time.now - 0.5
    await flight.lost_after()
    assert LOST_SECONDS <= flight.time.now - last <= LOST_SECONDS + 0.2


@pytest.mark.parametrize("seconds_until_bytes", [5, 9, 12])
async def test_bytes_of_a_reply_speak_for_an_engine_that_has_not_answered(
    seconds_until_bytes: float,
) -> None:
    flight = Flight()
    for _ in range(20):
        await flight.passes(seconds_until_bytes)
        await flight.passes(0.5, with_reply_bytes=True)
        assert not flight.task.done()
    assert flight.max_running == 1
    last = flight.time.now - 0.5
    await flight.lost_after()
    assert flight.time.now - last < CONTRACT_SECONDS


async def test_one_that_was_swallowed_is_followed_by_another() -> None:
    flight = Flight(NEVER, then=Answer())
    await flight.passes(6)
    await flight.passes(1, with_reply_bytes=True)
    await flight.passes(60)
    assert not flight.task.done()
    assert flight.num_running == 0


async def test_a_failure_that_a_second_one_confirms_is_a_loss_at_once() -> None:
    flight = Flight(then=FAULT)
    assert await flight.lost_after() == 4
    assert await flight.task == "engine_fault"
    assert flight.sent_after == [4, 4]


async def test_one_failure_proves_nothing() -> None:
    flight = Flight(FAULT, Answer(), FAULT, Answer(), FAULT, then=Answer())
    await flight.passes(60)
    assert not flight.task.done()


async def test_a_failure_that_silence_follows_is_a_loss_in_time() -> None:
    flight = Flight(FAULT)
    assert await flight.lost_after() == LOST_SECONDS


async def test_a_failure_at_the_last_moment_is_a_loss() -> None:
    flight = Flight(Answer(8.95, FAULT.failure))
    assert await flight.lost_after() == LOST_SECONDS


async def test_an_unknown_failure_is_named_by_its_type_alone() -> None:
    flight = Flight(then=Answer(failure=LookupError("what the engine echoed")))
    await flight.lost_after()
    assert await flight.task == "LookupError"


async def test_an_engine_that_is_busy_is_alive() -> None:
    flight = Flight(then=BUSY)
    await flight.passes(600)
    assert not flight.task.done()
    assert len(flight.prompts) == 150


async def test_a_busy_answer_confirms_no_failure() -> None:
    flight = Flight(*[FAULT, BUSY] * 5, then=Answer())
    await flight.passes(60)
    assert not flight.task.done()


async def test_an_attempt_that_the_client_gives_up_is_no_failure_but_silence() -> None:
    flight = Flight(then=Answer(2.0, EngineTimeoutError(timeout_seconds=2.0)))
    assert await flight.lost_after() == LOST_SECONDS
    assert await flight.task == "no answer"
    assert flight.max_running == 1


async def test_one_that_the_client_gave_up_is_followed_by_another_at_once() -> None:
    flight = Flight(Answer(2.0, EngineTimeoutError(timeout_seconds=2.0)), then=Answer())
    await flight.passes(11)
    assert flight.sent_after == [4, 6, 10]


@pytest.mark.parametrize("answer", [NEVER, FAULT, Answer(2.0, EngineFaultError("500"))])
async def test_nothing_is_left_behind_when_the_engine_is_lost(answer: Answer) -> None:
    flight = Flight(then=answer)
    await flight.lost_after()
    assert flight.num_running == 0


@pytest.mark.parametrize("seconds", [0, 2, 4, 6])
async def test_cancelled_it_leaves_nothing_behind(seconds: float) -> None:
    flight = Flight()
    await flight.passes(seconds)
    flight.task.cancel()
    await settle()
    assert flight.task.cancelled()
    assert flight.num_running == 0


def test_the_policy_counts_from_the_last_sign_of_life() -> None:
    policy = CanaryPolicy(quiet_seconds=4.0, patience_seconds=9.0)
    assert policy.due_at(100.0) == 104.0
    assert policy.lost_at(100.0) == 113.0


def test_the_policy_keeps_the_contract_with_time_to_spare() -> None:
    assert CanaryPolicy().lost_at(0.0) <= CONTRACT_SECONDS - 1
