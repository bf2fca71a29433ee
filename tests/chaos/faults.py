"""What goes wrong: each fault does its harm and undoes it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.engines import Engine
from tests.chaos.talker import Talker
from tests.fakes.product import Product
from tests.fakes.trouble import full_disk, locked


@dataclass
class World:
    """What can be hurt."""

    engine: Engine
    chat: Product
    talkers: Sequence[Talker]
    rng: random.Random
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.chat.data_dir / "history.db"


async def drop_sockets(world: World) -> None:
    """Some people's network goes away."""
    for talker in world.rng.sample(world.talkers, k=min(len(world.talkers), 4)):
        await talker.drop()


async def kill_chat(world: World) -> None:
    """`kill -9` of the chat's process, and another in its place."""
    await world.chat.kill()
    await world.chat.start()
    await world.chat.healthy()


async def lock_database(world: World) -> None:
    """Another process holds the database's lock, at times for longer than the chat waits."""
    try:
        with locked(world.chat.data_dir):
            await asyncio.sleep(world.rng.choice([0.3, 1, 2, 6]))
    except sqlite3.OperationalError:  # the chat was faster
        return


async def take_database_away(world: World) -> None:
    """The file is not there for a while."""
    away = world.database.with_suffix(".away")
    world.database.rename(away)
    await asyncio.sleep(world.rng.uniform(0.2, 3))
    away.rename(world.database)


async def fill_disk(world: World) -> None:
    """Nothing can be written for a while."""
    with full_disk(world.chat):
        await asyncio.sleep(world.rng.uniform(0.2, 4))


async def kill_engine(world: World) -> None:
    """`kill -9` of the engine."""
    await world.engine.die()


async def restart_engine(world: World) -> None:
    """The engine drains and starts again."""
    await world.engine.drain()


async def pause_engine(world: World) -> None:
    """The engine answers nobody: for a moment, or until the gate closes."""
    await world.engine.pause(world.rng.choice([0.5, 2, 4, 12]))


async def slow_engine(world: World) -> None:
    """The engine stutters."""
    for _ in range(5):
        await world.engine.pause(0.3)
        await asyncio.sleep(0.2)


async def crowd_engine(world: World) -> None:
    """The engine's queue is full: it answers 503."""
    await world.engine.be_crowded(world.rng.uniform(1, 4))


Fault = Callable[[World], Awaitable[None]]

EVENTS: dict[Fault, float] = {
    drop_sockets: 40,
    kill_chat: 12,
    lock_database: 12,
    take_database_away: 10,
    fill_disk: 10,
    pause_engine: 8,
    slow_engine: 6,
    crowd_engine: 6,
}
"""Faults and how often each comes; those that cost a boot of the engine come apart."""

BOOTS: tuple[Fault, ...] = (kill_engine, restart_engine)


def chosen(rng: random.Random, num_faults: int, num_boots: int) -> list[Fault]:
    """A random order of faults, in which the engine boots so many times."""
    few = rng.choices(list(EVENTS), weights=list(EVENTS.values()), k=num_faults - num_boots)
    for number in range(num_boots):
        few.insert(rng.randrange(len(few) + 1), BOOTS[number % len(BOOTS)])
    return few
