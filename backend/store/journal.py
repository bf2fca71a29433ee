"""What this process writes: stored as it grows, all replies in one transaction every 2 s.

    turns.ask → Writing ── follow(log.read) ──┐ every tick: new pieces of all, one beat
                        └─ end(text, …) ──────┴→ the whole reply, once

Nothing is asked of a reply's stream: the journal reads its log from a position, as a page does.
What could not be stored is kept and tried again at the next tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection, delete, select

from backend.errors import StoreError
from backend.store import replies
from backend.store.database import Database
from backend.store.lease import Lease, Writer
from backend.store.pieces import Piece, add_pieces
from backend.store.records import WRITING, Json
from backend.store.replies import ReplyEnd
from backend.store.schema import entry, writer
from backend.store.sql import insert_or_meet

log = logging.getLogger("warmline.store")

ReadText = Callable[[int], tuple[str, int]]
"""Text from a position to the end, and the end's position."""


class Writing:
    """A reply that this process writes, from its first word to its end."""

    def __init__(self, journal: Journal, reply_id: str) -> None:
        self.reply_id = reply_id
        self._journal = journal
        self._read: ReadText | None = None
        self._position = 0
        self._pending: list[Piece] = []

    def follow(self, read: ReadText) -> None:
        """Store the text as it grows; `read` is a log's, which holds what is new alone."""
        self._read = read

    async def end(self, text: str, outcome: str, numbers: Json | None = None) -> None:
        """Store the whole reply and how it ended.

        Raises:
            StoreError: it could not be stored yet; it is tried again without being asked to.
        """
        await self._journal.end(self, ReplyEnd(self.reply_id, text, outcome, numbers))

    def pending(self) -> list[Piece]:
        """What is not known to be stored. A piece stays as it is until it is."""
        if self._read is not None:
            text, position = self._read(self._position)
            if text:
                self._pending.append(Piece(self.reply_id, self._position, text))
                self._position = position
        return list(self._pending)

    def stored(self, num_pieces: int) -> None:
        """So many of the pieces that were pending are stored."""
        del self._pending[:num_pieces]


class Journal:
    """Keeps the database as far as this process has come.

    Args:
        database: where replies are kept.
        writer_id: signs what this process writes.
        lease: tells which other writers are dead.
    """

    def __init__(self, database: Database, writer_id: str, lease: Lease) -> None:
        self.writer_id = writer_id
        self._database = database
        self._lease = lease
        self._live: dict[str, Writing] = {}
        self._ends: dict[str, ReplyEnd] = {}
        self._storing = asyncio.Lock()
        self._has_written = False

    def begin(self, reply_id: str) -> Writing:
        """A reply begins."""
        self._has_written = True
        writing = self._live[reply_id] = Writing(self, reply_id)
        return writing

    def forget(self, reply_id: str) -> None:
        """A reply is no more."""
        self._live.pop(reply_id, None)

    def abandon(self, reply_id: str) -> None:
        """A reply has nobody to write it: it ends at the next occasion."""
        self._ends[reply_id] = replies.abandoned(reply_id)

    async def end(self, writing: Writing, end: ReplyEnd) -> None:
        """A reply has all its text."""
        if self._live.get(writing.reply_id) is writing:
            del self._live[writing.reply_id]
            self._ends[writing.reply_id] = end
        await self.store_ends()

    async def store_ends(self) -> None:
        """Store all ends; those that come meanwhile share the next transaction."""
        async with self._storing:
            if ends := list(self._ends.values()):
                await self._database.write(replies.end, self.writer_id, ends)
                for end in ends:
                    if self._ends.get(end.id) is end:
                        del self._ends[end.id]

    async def store_pieces(self) -> None:
        """Store what has grown, and say that this process is alive."""
        async with self._storing:
            if self._live:
                pending = [(writing, writing.pending()) for writing in self._live.values()]
                pieces = [piece for _, new in pending for piece in new]
                await self._database.write(_store_pieces, self.writer_id, pieces)
                for writing, new in pending:
                    writing.stored(len(new))

    async def mark_interrupted(self) -> None:
        """Mark the replies of dead processes."""
        for dead in self._lease.dead(await self._database.read(_writers, self.writer_id)):
            num_replies = await self._database.write(_bury, dead)
            if num_replies:
                log.warning("%d replies of a dead process are interrupted", num_replies)

    async def run(self, sleep: Callable[[float], Awaitable[None]], interval_seconds: float) -> None:
        """Store and mark, every few seconds; a database that fails is tried again."""
        failure: str | None = None
        while True:
            before, failure = failure, None
            for step in (self.store_ends, self.store_pieces, self.mark_interrupted):
                failure = await _failure_of(step) or failure
            if failure != before:
                log.warning("the store: %s", failure or "works again")
            await sleep(interval_seconds)

    async def close(self) -> None:
        """Store all there is; a reply without an end is interrupted."""
        await self.store_ends()
        await self.store_pieces()
        if self._has_written:
            await self._database.write(_leave, self.writer_id)


async def _failure_of(step: Callable[[], Awaitable[None]]) -> str | None:
    try:
        await step()
    except StoreError as error:
        return f"{error.kind}: {error}"
    return None


def _store_pieces(connection: Connection, writer_id: str, pieces: list[Piece]) -> None:
    if pieces:
        add_pieces(connection, writer_id, pieces)
    connection.execute(
        insert_or_meet(connection, writer)
        .values(id=writer_id, beat=1)
        .on_conflict_do_update(index_elements=[writer.c.id], set_={"beat": writer.c.beat + 1})
    )


def _writers(connection: Connection, but: str) -> list[Writer]:
    """The other writers with replies under way."""
    query = (
        select(entry.c.writer_id, writer.c.beat)
        .outerjoin(writer, writer.c.id == entry.c.writer_id)
        .where(entry.c.outcome == WRITING, entry.c.writer_id != but)
        .distinct()
    )
    return [Writer(name, beat) for name, beat in connection.execute(query)]


def _bury(connection: Connection, dead: Writer) -> int:
    """Interrupt a dead writer's replies, unless it has shown life after all."""
    query = select(writer.c.beat).where(writer.c.id == dead.name).with_for_update()
    if connection.execute(query).scalar() != dead.beat:
        return 0
    return _leave(connection, dead.name)


def _leave(connection: Connection, writer_id: str) -> int:
    """A writer is gone, and so are those that left nothing behind."""
    num_replies = replies.interrupt(connection, writer_id)
    at_work = select(entry.c.writer_id).where(entry.c.outcome == WRITING)
    connection.execute(delete(writer).where(writer.c.id.not_in(at_work)))
    return num_replies
