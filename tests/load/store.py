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
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from backend.store.database import Engine
from backend.store.records import Owner
from backend.store.schema import entry, thread
from backend.store.store import Store, utc_now
from tests.integration.store.postgres import Postgres
from tests.integration.store.world import Growing, Talk, new_id
from tests.load.aiosqlite_engine import AiosqliteEngine

NUM_ROUNDS = 15
NUM_TURNS = 50
NUM_STREAMS = 200
TOKENS_PER_SECOND = 50
INTERVAL_SECONDS = 2
MESSAGE = "a sentence of ten words or so, as people write. " * 20  # 960 characters

HEADER = "| what | median | best | worst |\n|---|---|---|---|"


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row(what: str, values: Sequence[float], *, more_is_better: bool = False) -> None:
    ordered = sorted(values, reverse=more_is_better)
    shown = (statistics.median(ordered), ordered[0], ordered[-1])
    say(f"| {what} | {' | '.join(f'{value:.3g}' for value in shown)} |")


async def measure(kind: str, store: Store) -> None:
    owner = await store.owners.named("ada")
    say(f"\n### {kind}\n\n{HEADER}")
    for num_people in (1, 50):
        rounds = await turns(store, owner, num_people)
        rates = [NUM_TURNS / seconds for seconds, _ in rounds]
        row(f"turns a second, {num_people} at once", rates, more_is_better=True)
        row(f"CPU ms a turn, {num_people} at once", cpu_milliseconds(rounds))
    await growing(store, owner)
    await reading(store)


async def turns(store: Store, owner: Owner, num_people: int) -> list[tuple[float, float]]:
    """Rounds of 50 turns: seconds and CPU seconds of each."""

    async def chat() -> None:
        talk = Talk(store, owner)
        for _ in range(NUM_TURNS // num_people):
            await talk.turn(MESSAGE[:200], MESSAGE)

    async def one_round() -> None:
        await asyncio.gather(*(chat() for _ in range(num_people)))

    return [await clocked(one_round) for _ in range(NUM_ROUNDS)]


def cpu_milliseconds(rounds: list[tuple[float, float]]) -> list[float]:
    return [cpu_seconds / NUM_TURNS * 1e3 for _, cpu_seconds in rounds]


async def clocked(do: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    start, cpu_start = time.perf_counter(), time.process_time()
    await do()
    return time.perf_counter() - start, time.process_time() - cpu_start


async def growing(store: Store, owner: Owner) -> None:
    """200 streams of 50 tokens a second: what storing costs as the replies get longer."""
    logs = [Growing() for _ in range(NUM_STREAMS)]
    for log in logs:
        (await Talk(store, owner).ask()).follow(log.read)
    num_tokens = TOKENS_PER_SECOND * INTERVAL_SECONDS
    ticks = []
    for _ in range(40):
        for log in logs:
            log.pieces.extend(["word "] * num_tokens)
        ticks.append(await clocked(store._journal.store_pieces))
    for name, part in (("first", ticks[:10]), ("last", ticks[-10:])):
        row(f"ms to store 2 s of all, {name} ten of forty", [wall * 1e3 for wall, _ in part])
        microseconds = [cpu / (NUM_STREAMS * num_tokens) * 1e6 for _, cpu in part]
        row(f"CPU µs a token, {name} ten of forty", microseconds)


async def reading(store: Store) -> None:
    reader = await store.owners.named("reader")
    await store._database.write(fill, reader.id)
    threads = store.threads
    reads: dict[str, Callable[[], Awaitable[object]]] = {
        "a thread of 2,000 messages": partial(threads.open, reader, "long"),
        "first page of 10,000 threads": partial(threads.page, reader),
        "a page in the middle": partial(threads.page, reader, cursor="5000.thread-05000"),
        "search for a common word": partial(threads.page, reader, search="needle"),
        "search for what is nowhere": partial(threads.page, reader, search="haystack"),
    }
    for what, read in reads.items():
        row(f"{what}, ms", [(await clocked(read))[0] * 1e3 for _ in range(NUM_ROUNDS)])
    seconds, _ = await clocked(partial(threads.delete_all, reader))
    row("10,000 threads deleted, ms", [seconds * 1e3])


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
    """The same turns through both, in one process."""
    owner = await store.owners.named("ada")
    engines: dict[str, Engine] = {
        "our threads": store._database._engine,
        "aiosqlite": AiosqliteEngine(f"sqlite+aiosqlite:///{folder}/compared.db"),
    }
    say(f"\n### SQLite: what a turn costs through\n\n{HEADER}")
    for name, engine in engines.items():
        store._database._engine = engine
        for num_people in (1, 50):
            milliseconds = cpu_milliseconds(await turns(store, owner, num_people))
            row(f"{name}, {num_people} at once, CPU ms a turn", milliseconds)
        await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
