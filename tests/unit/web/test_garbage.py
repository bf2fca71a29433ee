"""Full collections come while nobody waits for text."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from backend.web import garbage


@pytest.fixture
def collector() -> Iterator[None]:
    """The collector is as it was afterwards."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collector")
def test_what_is_there_at_the_start_is_looked_at_no_more() -> None:
    garbage.settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == garbage.THRESHOLDS


async def test_it_collects_once_a_minute_but_not_while_somebody_waits() -> None:
    num_collections, slept = 0, list[float]()
    idle = iter([True, False, True])
    done = asyncio.Event()

    def is_idle() -> bool:
        return next(idle)

    def collect() -> None:
        nonlocal num_collections
        num_collections += 1

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            done.set()
            await asyncio.Event().wait()

    collecting = asyncio.create_task(
        garbage.collect_while_idle(is_idle, collect=collect, sleep=sleep)
    )
    await done.wait()
    collecting.cancel()
    assert num_collections == 2
    assert slept == [60.0] * 4
