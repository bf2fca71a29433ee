"""What the store costs: `python -m tests.load.store`, numbers as a Markdown table.

SQLite lies in a folder of this machine's disk, PostgreSQL beside it (Debian's package, durable).
With aiosqlite installed the same turns are taken through it too, for the comparison.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from backend.store.records import Owner
from backend.store.schema import entry, thread
from backend.store.store import Store, utc_now
from tests.integration.store.postgres import Postgres
from tests.integration.store.world import Growing, Talk, new_id
from tests.load.aiosqlite_engine import AiosqliteEngine

NUM_TURNS = 500
NUM_STREAMS = 200
TOKENS_PER_SECOND = 50
INTERVAL_SECONDS = 2
TOKEN = "word "
MESSAGE = "a sentence of ten words or so, as people write. " * 20  # 960 characters


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row(what: str, *values: float | str) -> None:
    shown = (value if isinstance(value, str) else f"{value:.3g}" for value in values)
    say(f"| {what} | {' | '.join(shown)} |")


async def measure(kind: str, store: Store) -> None:
    owner = await store.owners.named("ada")
    say(f"\n### {kind}\n")
    say("| what | value |\n|---|---|")
    for num_people in (1, 50):
        seconds, cpu_seconds = await turns(store, owner, num_people)
        row(f"turns a second, {num_people} at once", NUM_TURNS / seconds)
        row(f"CPU ms a turn, {num_people} at once", cpu_seconds / NUM_TURNS * 1e3)
    await growing(store, owner)
    await reading(store)


async def turns(store: Store, owner: Owner, num_people: int) -> tuple[float, float]:
    async def chat() -> None:
        talk = Talk(store, owner)
        for _ in range(NUM_TURNS // num_people):
            await talk.turn(MESSAGE[:200], MESSAGE)

    await chat()
    start, cpu_start = time.perf_counter(), time.process_time()
    await asyncio.gather(*(chat() for _ in range(num_people)))
    return time.perf_counter() - start, time.process_time() - cpu_start


async def growing(store: Store, owner: Owner) -> None:
    """200 streams of 50 tokens a second: what a tick costs as the replies get longer."""
    logs = [Growing() for _ in range(NUM_STREAMS)]
    for log in logs:
        (await Talk(store, owner).ask()).follow(log.read)
    ticks: list[tuple[float, float]] = []
    asleep, tick = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        asleep.set()
        await tick.wait()
        tick.clear()

    running = asyncio.create_task(store._journal.run(sleep, INTERVAL_SECONDS))
    await asleep.wait()
    for _ in range(40):
        for log in logs:
            log.pieces.extend([TOKEN] * (TOKENS_PER_SECOND * INTERVAL_SECONDS))
        start, cpu_start = time.perf_counter(), time.process_time()
        asleep.clear()
        tick.set()
        await asleep.wait()
        ticks.append((time.perf_counter() - start, time.process_time() - cpu_start))
    running.cancel()
    num_tokens = NUM_STREAMS * TOKENS_PER_SECOND * INTERVAL_SECONDS
    for name, part in (("first", ticks[:10]), ("last", ticks[-10:])):
        row(f"ms a tick, {name} ten of forty", statistics.mean(wall for wall, _ in part) * 1e3)
        cpu_seconds = statistics.mean(cpu for _, cpu in part)
        row(f"CPU µs a token, {name} ten of forty", cpu_seconds / num_tokens * 1e6)


async def reading(store: Store) -> None:
    reader = await store.owners.named("reader")
    await store._database.write(fill, reader.id)
    await timed("a thread of 2,000 messages", lambda: store.threads.open(reader, "long"))
    await timed("first page of 10,000 threads", lambda: store.threads.page(reader))
    middle = "5000.thread-05000"
    await timed("a page in the middle", lambda: store.threads.page(reader, cursor=middle))
    for what, search in (("a common word", "needle"), ("a word that is nowhere", "haystack")):
        await timed(f"search: {what}", partial(store.threads.page, reader, search=search))
    start = time.perf_counter()
    await store.threads.delete_all(reader)
    row("all of them deleted, ms", (time.perf_counter() - start) * 1e3)


async def timed(what: str, read: Callable[[], Awaitable[object]], num_times: int = 15) -> None:
    seconds = []
    for _ in range(num_times):
        start = time.perf_counter()
        await read()
        seconds.append(time.perf_counter() - start)
    row(f"{what}, ms median", statistics.median(seconds) * 1e3)
    row(f"{what}, ms worst of {num_times}", max(seconds) * 1e3)


def fill(connection: Connection, owner_id: str) -> None:
    """10,000 threads of 4 messages, and one of 2,000."""
    now = utc_now()

    def a_thread(thread_id: str, activity: int) -> dict[str, Any]:
        return {
            "id": thread_id,
            "owner_id": owner_id,
            "name": f"needle {activity}" if activity % 10 == 0 else f"a talk of {activity}",
            "metadata": {"profile": "chat"},
            "activity": activity,
            "created_at": now,
            "updated_at": now,
        }

    def an_entry(thread_id: str, position: int, text: str) -> dict[str, Any]:
        is_reply = position % 2 == 1
        return {
            "id": new_id(),
            "thread_id": thread_id,
            "position": position,
            "role": "assistant" if is_reply else "user",
            "text": text,
            "outcome": "completed" if is_reply else None,
            "numbers": {"output_tokens": 200, "ttft_seconds": 0.1} if is_reply else None,
            "created_at": now,
        }

    ids = [f"thread-{number:05}" for number in range(10_000)]
    connection.execute(insert(thread), [a_thread(id_, number) for number, id_ in enumerate(ids)])
    connection.execute(insert(thread), [a_thread("long", 10_001)])
    connection.execute(
        insert(entry), [an_entry(id_, place, MESSAGE[:480]) for id_ in ids for place in range(4)]
    )
    connection.execute(insert(entry), [an_entry("long", place, MESSAGE) for place in range(2_000)])


def sync_milliseconds(folder: Path) -> float:
    """What one `fdatasync` of 4 KiB costs on this disk."""
    descriptor = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY)
    start = time.perf_counter()
    for number in range(100):
        os.pwrite(descriptor, b"x" * 4096, number * 4096)
        os.fdatasync(descriptor)
    os.close(descriptor)
    return (time.perf_counter() - start) * 10


async def main() -> None:
    say(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        say(f"one fdatasync: {sync_milliseconds(Path(folder)):.2f} ms")
        store = Store(f"sqlite:///{folder}/history.db")
        await measure("SQLite", store)
        await store.close()
        if importlib.util.find_spec("aiosqlite"):
            await compare(Store(f"sqlite:///{folder}/compared.db"), folder)
    server = Postgres(durable=True)
    server.start()
    try:
        store = Store(server.new_database())
        await measure("PostgreSQL", store)
        await store.close()
    finally:
        server.stop()
        server.remove()


async def compare(store: Store, folder: str) -> None:
    say("\n### The same turns through aiosqlite\n")
    say("| what | value |\n|---|---|")
    owner = await store.owners.named("ada")
    _, ours = await turns(store, owner, 1)
    other = AiosqliteEngine(f"sqlite+aiosqlite:///{folder}/compared.db")
    store._database._engine, engine = other, store._database._engine
    _, theirs = await turns(store, owner, 1)
    row("CPU ms a turn: ours", ours / NUM_TURNS * 1e3)
    row("CPU ms a turn: aiosqlite", theirs / NUM_TURNS * 1e3)
    await other.close()
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
