from __future__ import annotations

import asyncio

import pytest

from backend.readiness.timing import within
from tests.unit.readiness.fake_time import FakeTime, settle


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


async def answer(event: asyncio.Event) -> str:
    await event.wait()
    return "answer"


async def test_work_that_ends_in_time_gives_its_result(time: FakeTime) -> None:
    event = asyncio.Event()
    working = asyncio.create_task(within(5, answer(event), time.sleep))
    await time.passes(4.9)
    event.set()
    assert await working == "answer"


async def test_work_that_does_not_end_is_cancelled(time: FakeTime) -> None:
    cancelled = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    working = asyncio.create_task(within(5, endless(), time.sleep))
    await time.passes(5)
    with pytest.raises(TimeoutError):
        await working
    assert cancelled.is_set()


async def test_an_error_of_the_work_is_the_callers(time: FakeTime) -> None:
    async def failing() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        await within(5, failing(), time.sleep)


async def test_work_does_not_outlive_a_caller_that_is_cancelled(time: FakeTime) -> None:
    cancelled = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    caller = asyncio.create_task(within(5, endless(), time.sleep))
    await settle()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert cancelled.is_set()
