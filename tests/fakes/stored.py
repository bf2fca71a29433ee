"""What is in a database, read as another process reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.store import address
from backend.store.owners import LOCAL_PERSON
from backend.store.records import StoredEntry, Thread
from backend.store.store import Store


def file_url(data_dir: Path) -> str:
    """The database of a chat that has no other."""
    return address.of_file(data_dir / "history.db")


@asynccontextmanager
async def store_at(url: str) -> AsyncIterator[Store]:
    """A store of our own beside the chat's."""
    store = Store(url)
    try:
        yield store
    finally:
        await store.close()


async def stored_threads(url: str) -> list[Thread]:
    """All threads of the local person, the last active first."""
    async with store_at(url) as store:
        owner = await store.owners.named(LOCAL_PERSON)
        return [thread async for thread in store.threads.all(owner)]


async def stored_entries(url: str, thread_id: str) -> list[StoredEntry]:
    """What was said in a thread."""
    async with store_at(url) as store:
        owner = await store.owners.named(LOCAL_PERSON)
        return list((await store.threads.open(owner, thread_id)).entries)
