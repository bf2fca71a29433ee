"""The measurements: each a small conversation with one app, each result a value."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from backend.bench.frontend.person import Person, Reply
from backend.bench.frontend.processes import Process
from backend.bench.frontend.speech import Question

T = TypeVar("T")
CONNECTING_AT_ONCE = 16
REPLY_SECONDS = 180.0  # for the slowest app; a reply that takes longer is lost
START_STEP = 37  # people get different parts of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Many people who all send at once, and read to the end.

    `cpu_us_per_token` holds the whole turn: start, stream, end. Times are in seconds.
    """

    num_people: int
    num_tokens: int
    cpu_us_per_token: float
    frames_per_second: float
    longest_pause_seconds: float
    ttft_p50_seconds: float
    ttft_p99_seconds: float
    num_wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """One person at a time: what the app adds to the engine's own first token."""

    added_ttft_p50_seconds: float
    added_ttft_p99_seconds: float
    cpu_ms_per_message: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Pages that are open and do nothing."""

    num_sessions: int
    kib_per_session: float
    kib_kept_per_session: float


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@asynccontextmanager
async def people_at(app: Process, num_people: int) -> AsyncIterator[list[Person]]:
    """People with an open page each."""
    door = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def enter(person: Person) -> None:
        async with door:
            await person.connect()

    people = [Person(app.port) for _ in range(num_people)]
    await asyncio.gather(*(enter(person) for person in people))
    try:
        yield people
    finally:
        await asyncio.gather(*(person.leave() for person in people))


async def load(app: Process, num_people: int, question: Question) -> Load:
    """CPU, frames and first tokens while all ask at once for a reply like this."""
    questions = [
        Question(
            question.num_tokens,
            number * START_STEP,
            question.tokens_per_second,
            question.tokens_per_chunk,
        )
        for number in range(num_people)
    ]
    async with people_at(app, num_people) as people, _steady():
        before = app.cpu_seconds
        asking = (person.ask(asked) for person, asked in zip(people, questions, strict=True))
        replies = await _all(asking)
        cpu_seconds = app.cpu_seconds - before
    num_tokens = num_people * question.num_tokens
    complete = [reply for reply in replies if reply.frames]
    return Load(
        num_people=num_people,
        num_tokens=question.num_tokens,
        cpu_us_per_token=1e6 * cpu_seconds / num_tokens,
        frames_per_second=median(reply.frames_per_second for reply in complete),
        longest_pause_seconds=max(reply.longest_pause_seconds for reply in complete),
        ttft_p50_seconds=percentile((reply.ttft_seconds for reply in complete), 0.5),
        ttft_p99_seconds=percentile((reply.ttft_seconds for reply in complete), 0.99),
        num_wrong=sum(not reply.is_right for reply in replies),
    )


async def idle(app: Process, num_messages: int) -> Idle:
    """One person's short messages, one after the other."""
    question = Question(1)
    replies: list[Reply] = []
    async with people_at(app, 1) as [person], _steady():
        await person.ask(question)
        before = app.cpu_seconds
        for _ in range(num_messages):
            replies.append(await person.ask(question))
        cpu_seconds = app.cpu_seconds - before
    added = [reply.added_ttft_seconds for reply in replies]
    return Idle(
        added_ttft_p50_seconds=percentile(added, 0.5),
        added_ttft_p99_seconds=percentile(added, 0.99),
        cpu_ms_per_message=1e3 * cpu_seconds / num_messages,
    )


async def memory(app: Process, num_sessions: int) -> Memory:
    """Memory for each open page, and what is left of it when all have left."""
    async with people_at(app, num_sessions):  # what the app makes once, it makes now
        pass
    empty = app.resident_bytes
    async with people_at(app, num_sessions):
        full = app.resident_bytes
    return Memory(
        num_sessions=num_sessions,
        kib_per_session=(full - empty) / 1024 / num_sessions,
        kib_kept_per_session=(app.resident_bytes - empty) / 1024 / num_sessions,
    )


async def _all(asking: Iterable[Awaitable[T]]) -> list[T]:
    async with asyncio.timeout(REPLY_SECONDS):
        return await asyncio.gather(*asking)


@asynccontextmanager
async def _steady() -> AsyncIterator[None]:
    """The load process itself must not stop for a collection."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
