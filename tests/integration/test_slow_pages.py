"""A page that stops reading: nobody waits for it, nothing piles up for it, it loses nothing."""

from __future__ import annotations

import asyncio

from backend.bench.frontend.person import Person as CheapPerson
from backend.bench.frontend.speech import Question
from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import says

COMPLETED = 'warmline_turns_total{outcome="completed"}'
NUM_TOKENS = 400
TOKENS_PER_SECOND = 200
LONG = " ".join(f"{number}:{'x' * 40_000}" for number in range(NUM_TOKENS))  # 16 MB


async def test_a_page_that_stops_reading_holds_up_nobody_and_gets_few_large_frames(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says(LONG, tokens_per_second=TOKENS_PER_SECOND), to="bench")
    num_completed = await chat.metric(COMPLETED)
    slow = CheapPerson(chat.port, buffer_bytes=65536)
    await slow.connect()
    asking = asyncio.create_task(slow.ask(Question(NUM_TOKENS)))
    await engine.request("bench")
    slow.socket.pause()

    assert await person.ask("Hello?") == "Hello from the engine."
    await chat.counts(COMPLETED, num_completed + 2)  # the engine did not wait either

    slow.socket.resume()
    reply = await asking
    assert reply.whole == LONG
    num_ticks = NUM_TOKENS / TOKENS_PER_SECOND * 25
    assert len(reply.frames) < num_ticks / 2
    await slow.leave()
