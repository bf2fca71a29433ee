"""What the store's tests are made of: turns, and ticks of a clock of the test's own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from backend.errors import StoreError
from backend.store.journal import Writing
from backend.store.records import Owner, Question, Thread
from backend.store.store import Store

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def new_id() -> str:
    return str(uuid.uuid4())


class WallClock:
    """The time of day, which only the test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **how_far: float) -> None:
        self.now += timedelta(**how_far)


class Ticks:
    """The `sleep` of a store that runs: it sleeps until the test lets it tick."""

    def __init__(self) -> None:
        self._asleep = asyncio.Event()
        self._awake = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self._asleep.set()
        await self._awake.wait()
        self._awake.clear()

    async def one(self) -> None:
        """The store does once what it does every few seconds."""
        await self._asleep.wait()
        self._asleep.clear()
        self._awake.set()
        await self._asleep.wait()


@asynccontextmanager
async def running(store: Store) -> AsyncIterator[None]:
    """A store that runs meanwhile."""
    task = asyncio.create_task(store.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass
class Growing:
    """A reply's log, as a turn appends to it."""

    pieces: list[str] = field(default_factory=list)

    def append(self, text: str) -> None:
        self.pieces.append(text)

    def read(self, position: int) -> tuple[str, int]:
        return "".join(self.pieces[position:]), len(self.pieces)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Talk:
    """One thread of one owner."""

    def __init__(self, store: Store, owner: Owner) -> None:
        self.store = store
        self.owner = owner
        self.id = new_id()

    async def ask(self, text: str = "a question", *, name: str | None = None) -> Writing:
        question = Question(new_id(), text)
        return await self.store.turns.ask(self.owner, self.id, question, new_id(), name=name)

    async def turn(
        self, text: str = "a question", reply: str = "an answer", *, name: str | None = None
    ) -> str:
        """A whole turn; the reply's id."""
        writing = await self.ask(text, name=name)
        await writing.end(reply, "completed")
        return writing.reply_id

    async def open(self) -> Thread:
        return await self.store.threads.open(self.owner, self.id)

    async def texts(self) -> list[str]:
        return [entry.text for entry in (await self.open()).entries]


async def failure_of(store: Store) -> StoreError:
    """What a first use of the store raises."""
    with pytest.raises(StoreError) as raised:
        await store.owners.named("ada")
    return raised.value
