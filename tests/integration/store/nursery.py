"""Processes that chat until they are killed: each a fork of one that has imported everything.

For each line `<url>` on stdin a process is born. It tells on stdout what it is about to do and
what it has done, as JSON lines; the nursery says `gone` when it has ended.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import sys

from backend.store.store import Store
from tests.integration.store.world import Growing, Talk

NUM_TALKS = 3
NUM_WORDS = 12


def reply_to(question: str) -> str:
    """The whole reply to a question: every word of it is another."""
    return "".join(f"{question}:{number} " for number in range(NUM_WORDS))


def tell(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")  # one write: whole or not at all


async def chat_for_ever(url: str) -> None:
    store = Store(url, interval_seconds=0.005)
    owner = await store.owners.named("ada")
    running = asyncio.create_task(store.run())
    await asyncio.gather(running, *(_talk(Talk(store, owner)) for _ in range(NUM_TALKS)))


async def _talk(talk: Talk) -> None:
    for number in itertools.count():
        question = f"{talk.id}/{number}"
        tell(asks=question, thread=talk.id)
        writing = await talk.ask(question)
        tell(asked=question, thread=talk.id)
        log = Growing()
        writing.follow(log.read)
        for word in reply_to(question).split(" ")[:-1]:
            log.append(f"{word} ")
            await asyncio.sleep(random.uniform(0, 0.004))
        await writing.end(log.text, "completed")
        tell(ended=question, thread=talk.id)


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            tell(born=os.getpid())
            asyncio.run(chat_for_ever(line.strip()))
        os.waitpid(pid, 0)
        tell(gone=pid)


if __name__ == "__main__":
    main()
