"""A reply is read to its end, and an engine that falls silent is not waited for without end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.bench.completion import Address, CompletionFailedError, complete
from tests.fakes.engine import MODEL, FakeEngine
from tests.fakes.replies import Finish, Hang, Say, Stream, says

ASKED = [{"role": "user", "content": "Hello"}]


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with FakeEngine() as engine:
        yield engine


async def test_an_engine_that_falls_silent_is_a_reply_that_failed(engine: FakeEngine) -> None:
    engine.enqueue(Stream(Say("One"), Hang(), Say(" two"), Finish()))
    with pytest.raises(CompletionFailedError, match=r"said nothing for 0\.1 s"):
        await complete(Address(engine.root_url), MODEL, ASKED, 8, silence_seconds=0.1)
    engine.release()


async def test_a_reply_may_take_longer_than_its_silence(engine: FakeEngine) -> None:
    engine.enqueue(says("One two three four five six", tokens_per_second=8))
    reply = await complete(Address(engine.root_url), MODEL, ASKED, 8, silence_seconds=0.6)
    assert reply.text == "One two three four five six"
