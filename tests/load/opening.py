"""What a page costs the chat that opens a thread of 2,000 messages: `python -m tests.load.opening`.

CPU time, from the page's wish to the last event's JSON: read, put together, written.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from backend.store import address
from backend.store.owners import LOCAL_PERSON
from backend.store.records import Question
from backend.store.store import Store
from backend.ui.session import ChatSession
from backend.ui.threads import LiveThreads
from tests.unit.ui.recorded import Around, Browser

NUM_TURNS, NUM_CHARACTERS, NUM_READINGS = 1000, 960, 15


class Wire(Browser):
    """A page whose events are written as the socket writes them, and forgotten."""

    async def emit(self, event: str, data: Any) -> None:
        json.dumps([event, data], ensure_ascii=False)


async def fill(store: Store, thread_id: str) -> None:
    owner = await store.owners.named(LOCAL_PERSON)
    for number in range(NUM_TURNS):
        question = Question(str(uuid.uuid4()), f"{number} ".ljust(NUM_CHARACTERS, "x"))
        writing = await store.turns.ask(owner, thread_id, question, str(uuid.uuid4()))
        await writing.end("word " * (NUM_CHARACTERS // 5), "completed", {"output_tokens": 192})


async def measure() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(address.of_file(Path(folder) / "history.db"))
        around = Around(store)
        around.open_gate()
        await fill(store, Wire().thread_id)
        readings = []
        for _ in range(NUM_READINGS):
            session = ChatSession(around.services, Wire().page, LiveThreads(around.services))
            before = time.process_time()
            await session.resume()
            readings.append(1000 * (time.process_time() - before))
        await store.close()
        return readings


if __name__ == "__main__":
    found = asyncio.run(measure())
    sys.stdout.write(
        f"CPU ms: median {statistics.median(found):.0f}, "
        f"best {min(found):.0f}, worst {max(found):.0f}\n"
    )
