"""`kill -9` at random moments: what was said to be stored is there, once."""

from __future__ import annotations

import asyncio
import random

from backend.store.records import StoredEntry
from backend.store.store import Store
from tests.integration.store.nursery import reply_to
from tests.integration.store.processes import Nursery, open_nursery
from tests.integration.store.world import Ticks, running

SEED = 20260501
NUM_KILLS = 50


async def test_a_chat_killed_at_random_moments_loses_nothing_and_stores_nothing_twice(
    url: str, store: Store, ticks: Ticks
) -> None:
    moments = random.Random(SEED)
    async with open_nursery() as nursery:
        for _ in range(NUM_KILLS):
            await nursery.start(url)
            await nursery.hear(moments.randint(1, 20))
            await asyncio.sleep(moments.uniform(0, 0.01))
            await nursery.kill()

        async with running(store):
            await ticks.one()
        entries = await stored(store, nursery)

    check(entries, nursery)


async def stored(store: Store, nursery: Nursery) -> list[StoredEntry]:
    """Every entry of every thread that may be there, each thread opened as a page would."""
    owner = await store.owners.named("ada")
    threads = [thread async for thread in store.threads.all(owner)]
    assert {thread.id for thread in threads} <= nursery.threads
    for thread in threads:
        assert [entry.position for entry in thread.entries] == list(range(len(thread.entries)))
    return [entry for thread in threads for entry in thread.entries]


def check(entries: list[StoredEntry], nursery: Nursery) -> None:
    questions = [entry.text for entry in entries if entry.role == "user"]
    assert len(questions) == len(set(questions))
    assert set(nursery.asked) <= set(questions) <= set(nursery.asks)

    outcomes = {}
    for question, reply in zip(entries[::2], entries[1::2], strict=True):
        whole = reply_to(question.text)
        outcomes[question.text] = reply.outcome
        assert reply.outcome in {"completed", "interrupted"}
        assert whole.startswith(reply.text)
        assert reply.text == whole or reply.outcome == "interrupted"
    assert {outcomes[question] for question in nursery.ended} == {"completed"}
    assert "interrupted" in outcomes.values()
