"""SQL of replies: begun, ended, taken back, interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert

from backend.errors import NotFoundError, ThreadChangedError, TurnRunningError
from backend.store.pieces import drop_pieces, pieces_of
from backend.store.records import WRITING, Json, Question
from backend.store.schema import INTERRUPTED, STOPPED, PlainText, entry, thread
from backend.store.sql import insert_of, own_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReply:
    """A reply that begins: where, whose, and who writes it.

    `after` is the last entry that the asker has seen, empty for none; `None`: whatever is there.
    """

    id: str
    thread_id: str
    owner_id: str
    writer_id: str
    begun_at: datetime
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """How a reply ended. Without a `text` it keeps what is stored of it."""

    id: str
    text: str | None
    outcome: str
    numbers: Json | None = None


def ask(
    connection: Connection, reply: NewReply, question: Question, name: str | None, metadata: Json
) -> None:
    """A question and an empty reply come last in a thread, which is made if there is none."""
    values = {
        "id": reply.thread_id,
        "owner_id": reply.owner_id,
        "owner": reply.owner_id,
        "name": name,
        "metadata": metadata,
        "created_at": reply.begun_at,
        "updated_at": reply.begun_at,
    }
    taken = connection.execute(_take_or_make_thread(connection.dialect.name), values)
    last = _last_position(connection, reply, taken.rowcount)
    asked = {
        "id": question.id,
        "thread_id": reply.thread_id,
        "position": last + 1,
        "role": "user",
        "text": question.text,
        "outcome": None,
        "writer_id": None,
        "created_at": reply.begun_at,
    }
    connection.execute(_ADD_ENTRY, [asked, _empty(reply, last + 2)])


def ask_again(connection: Connection, reply: NewReply, question_id: str, text: str | None) -> None:
    """All that followed a question goes, its text may change, and an empty reply follows it."""
    _take_thread(connection, reply)
    question = _entry(connection, reply.thread_id, question_id, "user")
    _cut(connection, reply.thread_id, question.position + 1)
    if text is not None:
        connection.execute(update(entry).where(entry.c.id == question_id).values(text=text))
    connection.execute(_ADD_ENTRY, [_empty(reply, question.position + 1)])


def go_on(connection: Connection, reply: NewReply) -> None:
    """The last entry, a reply, is written on."""
    last = _take_thread(connection, reply)
    found = _entry(connection, reply.thread_id, reply.id, "assistant")
    if found.position != last:
        raise NotFoundError(what="entry")
    left = pieces_of(connection, entry.c.id == reply.id).get(reply.id, "")
    drop_pieces(connection, [reply.id])
    connection.execute(
        update(entry)
        .where(entry.c.id == reply.id)
        .values(text=found.text + left, outcome=WRITING, writer_id=reply.writer_id)
    )


def take_back(connection: Connection, owner_id: str, thread_id: str, reply_id: str) -> None:
    """A reply and its question go, and the thread too if nothing else is in it."""
    own_thread(connection, owner_id, thread_id, lock=True)
    reply = _entry(connection, thread_id, reply_id, "assistant")
    _cut(connection, thread_id, reply.position - 1)
    left = select(entry.c.id).where(entry.c.thread_id == thread_id)
    connection.execute(delete(thread).where(thread.c.id == thread_id, ~left.exists()))


def end(connection: Connection, writer_id: str, ends: Sequence[ReplyEnd]) -> None:
    """Replies end, but those that are not the writer's any more."""
    whole = []
    for reply in sorted(ends, key=lambda reply: reply.id):  # as all who hold several
        here = {"entry_id": reply.id, "writer": writer_id}
        values: Json = {"outcome": reply.outcome}
        if reply.text is None:
            connection.execute(_END_AS_IT_IS, here | values)
        else:
            values |= {"text": reply.text, "numbers": reply.numbers}
            if connection.execute(_END_WHOLE, here | values).rowcount:
                whole.append(reply.id)
    if whole:
        drop_pieces(connection, whole)


def interrupt(connection: Connection, writer_id: str) -> int:
    """What a writer left unfinished is folded and marked as interrupted; how many replies."""
    left = (entry.c.writer_id == writer_id) & (entry.c.outcome == WRITING)
    query = select(entry.c.id, entry.c.text).where(left).order_by(entry.c.id).with_for_update()
    rows = connection.execute(query).all()
    texts = pieces_of(connection, left)
    for row in rows:
        connection.execute(
            update(entry)
            .where(entry.c.id == row.id)
            .values(text=row.text + texts.get(row.id, ""), outcome=INTERRUPTED)
        )
    drop_pieces(connection, [row.id for row in rows])
    return len(rows)


def abandoned(reply_id: str) -> ReplyEnd:
    """The end of a reply that has nobody to write it."""
    return ReplyEnd(reply_id, None, STOPPED)


# Statements that every turn needs are made once: SQLAlchemy takes as long to make one as to run it.

_ADD_ENTRY = insert(entry)
_OF_WRITER = (entry.c.id == bindparam("entry_id", type_=PlainText)) & (
    entry.c.writer_id == bindparam("writer", type_=PlainText)
)
_END_AS_IT_IS = update(entry).where(_OF_WRITER, entry.c.outcome == WRITING)
# interrupted: by one who took this process for dead, and was wrong
_END_WHOLE = update(entry).where(_OF_WRITER, entry.c.outcome.in_([WRITING, INTERRUPTED]))


@cache
def _take_or_make_thread(dialect: str) -> Insert:
    make = insert_of(dialect, thread).values(activity=_next_activity(bindparam("owner")))
    return make.on_conflict_do_update(
        index_elements=[thread.c.id],
        set_={"activity": make.excluded.activity, "updated_at": make.excluded.updated_at},
        where=thread.c.owner_id == make.excluded.owner_id,
    )


def _take_thread(connection: Connection, reply: NewReply) -> int:
    """Have the thread to ourselves until the commit; the last position in it."""
    mine = (thread.c.id == reply.thread_id) & (thread.c.owner_id == reply.owner_id)
    activity = _next_activity(literal(reply.owner_id))
    changes = {"activity": activity, "updated_at": reply.begun_at}
    taken = connection.execute(update(thread).where(mine).values(changes))
    return _last_position(connection, reply, taken.rowcount)


def _next_activity(owner_id: ColumnElement[str]) -> ColumnElement[int]:
    """What makes a thread its owner's last active one, whatever the clock says."""
    last = select(func.max(thread.c.activity)).where(thread.c.owner_id == owner_id)
    return func.coalesce(last.scalar_subquery(), 0) + 1


_here = entry.c.thread_id == bindparam("thread_id", type_=PlainText)
_last = select(func.max(entry.c.position)).where(_here).scalar_subquery()
_LAST_AND_RUNNING = select(
    _last,
    select(entry.c.id).where(_here, entry.c.position == _last).scalar_subquery(),
    select(entry.c.id).where(_here, entry.c.outcome == WRITING).exists(),
)
"""The last position in a thread, who is there, and whether a reply is being written."""


def _last_position(connection: Connection, reply: NewReply, num_threads_taken: int) -> int:
    """The last position in a thread that was to be taken; -1 in a new one."""
    if not num_threads_taken:
        raise NotFoundError(what="thread")
    values = {"thread_id": reply.thread_id}
    last, last_id, running = connection.execute(_LAST_AND_RUNNING, values).one()
    if running:
        raise TurnRunningError
    if reply.after is not None and reply.after != (last_id or ""):
        raise ThreadChangedError
    return -1 if last is None else int(last)


def _entry(connection: Connection, thread_id: str, entry_id: str, role: str) -> Row[Any]:
    query = select(entry).where(
        entry.c.id == entry_id, entry.c.thread_id == thread_id, entry.c.role == role
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(what="entry")
    return found


def _cut(connection: Connection, thread_id: str, position: int) -> None:
    """Delete a thread's entries from a position on."""
    follows = (entry.c.thread_id == thread_id) & (entry.c.position >= position)
    connection.execute(delete(entry).where(follows))


def _empty(reply: NewReply, position: int) -> Json:
    return {
        "id": reply.id,
        "thread_id": reply.thread_id,
        "position": position,
        "role": "assistant",
        "text": "",
        "outcome": WRITING,
        "writer_id": reply.writer_id,
        "created_at": reply.begun_at,
    }
