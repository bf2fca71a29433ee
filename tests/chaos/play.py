"""One run: people chat, things go wrong, and in the end it is counted what is left."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from backend.store.records import Thread
from tests.chaos import faults, verdict
from tests.chaos.engines import Engine
from tests.chaos.faults import World
from tests.chaos.talker import Talker
from tests.fakes.product import Product
from tests.fakes.stored import file_url, stored_threads

LAST_WORD_SECONDS = 90.0
IDLE_SECONDS = 30.0
MAX_TOKENS = 60


@dataclass
class Outcome:
    """What a run came to."""

    faults: Counter[str] = field(default_factory=Counter)
    num_sent: int = 0
    num_refused: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


async def play(
    engine: Engine,
    data_dir: Path,
    *,
    seed: int,
    num_faults: int,
    num_boots: int,
    num_people: int,
    say: Callable[[str], None],
) -> Outcome:
    """Play so many faults against so many people, and judge.

    Args:
        engine: starting or started.
        data_dir: of the chat.
        seed: the same one plays the same faults in the same order.
        num_faults: in all.
        num_boots: how many of them end and start the engine.
        num_people: who chat.
        say: told what happens.
    """
    rng, began_at, outcome = random.Random(seed), time.monotonic(), Outcome()

    def tell(what: str) -> None:
        say(f"{time.monotonic() - began_at:7.1f} s  {what}")

    env = {
        "WARMLINE_ENGINE_URL": engine.url,
        "WARMLINE_MAX_TOKENS": str(MAX_TOKENS),
        "WARMLINE_WARMUP_BURST": "2",
    }
    async with AsyncExitStack() as on_exit:
        chat = await on_exit.enter_async_context(Product(data_dir, env))
        await chat.ready(engine.boot_seconds)
        talkers = [
            Talker(f"p{number}", chat.url, random.Random(rng.random()))
            for number in range(num_people)
        ]
        for talker in talkers:
            await on_exit.enter_async_context(talker.person)
        world = World(engine, chat, talkers, rng)
        await _under_fire(world, faults.chosen(rng, num_faults, num_boots), outcome, tell)
        await _calm(world, outcome, tell)
    outcome.seconds = time.monotonic() - began_at
    return outcome


async def _under_fire(
    world: World, chosen: list[faults.Fault], outcome: Outcome, say: Callable[[str], None]
) -> None:
    over = asyncio.Event()
    talking = [asyncio.create_task(talker.talk(over)) for talker in world.talkers]
    try:
        for number, fault in enumerate(chosen, 1):
            await asyncio.sleep(world.rng.uniform(0.1, 1.2))
            say(f"{number:4} {fault.__name__}")
            await fault(world)
            outcome.faults[fault.__name__] += 1
            if fault in faults.BOOTS:
                await world.chat.ready(world.engine.boot_seconds)
            broken = [task for task in talking if task.done()]
            for task in broken:
                task.result()  # raises: a person never stops by themselves
    finally:
        say("no more faults")
        over.set()
        done, pending = await asyncio.wait(talking, timeout=LAST_WORD_SECONDS)
        for task in pending:
            task.cancel()
    for task in done:
        task.result()


async def _calm(world: World, outcome: Outcome, say: Callable[[str], None]) -> None:
    """All is well again: everybody is answered once more, and everything is counted."""
    await world.chat.ready(world.engine.boot_seconds)
    say("a last word from each")
    for talker in world.talkers:
        try:
            await talker.last_word(LAST_WORD_SECONDS)
        except (AssertionError, TimeoutError):
            seen = talker.person.page.text()[-300:]
            outcome.wrong.append(f"stuck: {talker.name}, whose page shows {seen!r}")
    if left := await _requests_left(world.engine):
        outcome.wrong.append(f"leaked: the engine still works on {left:g} requests")
    threads = await _settled(world)
    say("judging")
    outcome.wrong += verdict.of_threads([talker.name for talker in world.talkers], threads)
    for talker in world.talkers:
        page = await talker.shown_after_a_reload()
        outcome.wrong += verdict.of_messages(talker, threads)
        outcome.wrong += verdict.of_page(talker, page, threads)
        outcome.num_sent += len(talker.sent)
        outcome.num_refused += talker.num_refused
    replies = [entry for thread in threads for entry in thread.entries[1::2]]
    outcome.replies.update(str(reply.outcome) for reply in replies)
    for line in outcome.wrong:
        say(f"WRONG {line}")


async def _settled(world: World) -> list[Thread]:
    """All threads, when no reply is being written any more."""
    url = file_url(world.chat.data_dir)
    threads = await stored_threads(url)
    deadline = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < deadline and any(
        entry.outcome == "writing" for thread in threads for entry in thread.entries
    ):
        await asyncio.sleep(1)
        threads = await stored_threads(url)
    return threads


async def _requests_left(engine: Engine) -> float:
    """What the engine still works on, after the time that an abort may take."""
    deadline = time.monotonic() + IDLE_SECONDS
    num = 1.0
    while num and time.monotonic() < deadline:
        with contextlib.suppress(aiohttp.ClientError):
            num = await engine.num_requests()
        await asyncio.sleep(0.5)
    return num
