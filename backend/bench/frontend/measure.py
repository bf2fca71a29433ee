"""The measurements: each a conversation of some people with one app; each result is a value."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from backend.bench.frontend.person import Person, Reply
from backend.bench.frontend.processes import Process
from backend.bench.frontend.speech import Question

T = TypeVar("T")
CONNECTING_AT_ONCE = 16
LIMIT_SECONDS = 300.0  # for the slowest app; whoever has no reply by then has lost it
START_STEP = 37  # people get different parts of the text
SHORT = Question(1)
CHAT = Question(20, tokens_per_second=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Many people who all send at once, and read to the end. Times are in seconds.

    `cpu_us_per_token` holds the whole turn: start, stream, end. `stream_cpu_us_per_token` is what
    is left of it without the cost of a turn of one token, `cpu_ms_per_message`. `last_late` is
    from the engine's last token to the last frame.
    """

    num_people: int
    num_tokens: int
    cpu_us_per_token: float
    stream_cpu_us_per_token: float
    cpu_ms_per_message: float
    frames_per_second: float
    longest_pause_seconds: float
    last_late_p50_seconds: float
    ttft_p50_seconds: float
    ttft_p99_seconds: float
    num_wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """One person alone: what the app adds to the engine's own first token."""

    added_ttft_p50_seconds: float
    added_ttft_p99_seconds: float
    cpu_ms_per_message: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Pages that are open and do nothing.

    `kept_kib_per_session` is what each leaves behind: how much more the process holds when the
    same number is there for the third time than for the second.
    """

    num_sessions: int
    kib_per_session: float
    kept_kib_per_session: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """Chats that come and go: growth of the process over the second half of them."""

    num_chats: int
    growth_kib_per_chat: float
    num_wrong: int


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
    async with people_at(app, num_people) as people:
        fixed_seconds, short_replies = await _ask_all(app, people, SHORT)
        cpu_seconds, replies = await _ask_all(app, people, question)
    num_tokens = num_people * question.num_tokens
    ttfts = [reply.ttft_seconds for reply in replies]
    return Load(
        num_people=num_people,
        num_tokens=question.num_tokens,
        cpu_us_per_token=1e6 * cpu_seconds / num_tokens,
        stream_cpu_us_per_token=1e6 * (cpu_seconds - fixed_seconds) / num_tokens,
        cpu_ms_per_message=1e3 * fixed_seconds / num_people,
        frames_per_second=median(reply.frames_per_second for reply in replies),
        longest_pause_seconds=max(reply.longest_pause_seconds for reply in replies),
        last_late_p50_seconds=median(reply.last_late_seconds for reply in replies),
        ttft_p50_seconds=percentile(ttfts, 0.5),
        ttft_p99_seconds=percentile(ttfts, 0.99),
        num_wrong=sum(not reply.is_right for reply in short_replies + replies),
    )


async def idle(app: Process, num_messages: int) -> Idle:
    """One person's short messages, one after the other."""
    replies: list[Reply] = []
    async with people_at(app, 1) as [person], _undisturbed():
        await person.ask(SHORT)
        before = app.cpu_seconds
        for _ in range(num_messages):
            replies.append(await person.ask(SHORT))
        cpu_seconds = app.cpu_seconds - before
    added = [reply.first_late_seconds for reply in replies]
    return Idle(
        added_ttft_p50_seconds=percentile(added, 0.5),
        added_ttft_p99_seconds=percentile(added, 0.99),
        cpu_ms_per_message=1e3 * cpu_seconds / num_messages,
    )


async def memory(app: Process, num_sessions: int, *, leaving_seconds: float) -> Memory:
    """Memory of open pages, and of pages that have left, each time for so long."""
    async with people_at(app, 20):  # what the app makes once, it makes now
        empty = app.resident_bytes
    full = []
    for _ in range(3):
        async with people_at(app, num_sessions):
            full.append(app.resident_bytes)
        await asyncio.sleep(leaving_seconds)
    return Memory(
        num_sessions=num_sessions,
        kib_per_session=(full[0] - empty) / 1024 / num_sessions,
        kept_kib_per_session=(full[2] - full[1]) / 1024 / num_sessions,
    )


async def soak(app: Process, num_chats: int, at_once: int = 20) -> Soak:
    """Chats that come, ask and go, some at once."""
    num_wrong = 0

    async def chat_some(num_some: int) -> None:
        nonlocal num_wrong
        for _ in range(num_some // at_once):
            async with people_at(app, at_once) as people:
                _, replies = await _ask_all(app, people, CHAT)
                num_wrong += sum(not reply.is_right for reply in replies)

    await chat_some(num_chats // 2)
    before = app.resident_bytes
    await chat_some(num_chats // 2)
    growth = app.resident_bytes - before
    return Soak(
        num_chats=num_chats,
        growth_kib_per_chat=growth / 1024 / (num_chats // 2),
        num_wrong=num_wrong,
    )


async def _ask_all(
    app: Process, people: list[Person], question: Question
) -> tuple[float, list[Reply]]:
    """CPU seconds of the app while all ask at once, and their replies."""
    questions = [replace(question, start=n * START_STEP) for n in range(len(people))]
    asking = (person.ask(asked) for person, asked in zip(people, questions, strict=True))
    async with _undisturbed():
        before = app.cpu_seconds
        replies = await _all(asking)
        return app.cpu_seconds - before, replies


async def _all(asking: Iterable[Awaitable[T]]) -> list[T]:
    async with asyncio.timeout(LIMIT_SECONDS):
        return await asyncio.gather(*asking)


@asynccontextmanager
async def _undisturbed() -> AsyncIterator[None]:
    """The load's own process does not stop for a garbage collection."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
