"""Turns: a question and the reply that begins, committed before the engine hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection

from backend.errors import NotFoundError
from backend.store import replies
from backend.store.database import Database
from backend.store.journal import Journal, Writing
from backend.store.records import Json, Owner, Question
from backend.store.replies import NewReply

P = ParamSpec("P")


class Turns:
    """Begins replies. Each method returns after its commit, with the reply to be written.

    Args:
        database: where they are kept.
        journal: stores replies as they grow.
        now: the time of day, aware.
        on_not_found: told that an owner may be unknown to the database.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        now: Callable[[], datetime],
        on_not_found: Callable[[], None],
    ) -> None:
        self._on_not_found = on_not_found
        self._database = database
        self._journal = journal
        self._now = now

    async def ask(
        self,
        owner: Owner,
        thread_id: str,
        question: Question,
        reply_id: str,
        *,
        after: str | None = None,
        name: str | None = None,
        metadata: Json | None = None,
    ) -> Writing:
        """A question and its reply come last in a thread, which is made if there is none.

        Args:
            owner: who asks.
            thread_id: of the owner's, or a new one.
            question: with an id that no other entry has.
            reply_id: of the entry to be written.
            after: the last entry that the asker has seen, empty for none; `None`: whatever is
                there.
            name: of a new thread.
            metadata: of a new thread.

        Raises:
            NotFoundError: the thread is somebody else's.
            TurnRunningError: a reply of this thread is still being written, here or elsewhere.
            ThreadChangedError: another entry is last.
            AlreadyStoredError: one of the ids is there.
        """
        reply = self._new_reply(owner, thread_id, reply_id, after)
        return await self._begin(reply, replies.ask, question, name, metadata or {})

    async def ask_again(
        self,
        owner: Owner,
        thread_id: str,
        question_id: str,
        reply_id: str,
        *,
        after: str | None = None,
        text: str | None = None,
    ) -> Writing:
        """All that followed a question goes, and a new reply begins.

        Args:
            owner: who asks.
            thread_id: of the owner's.
            question_id: of the question.
            reply_id: of the entry to be written.
            after: as of `ask`.
            text: the question's new text; `None` leaves it as it is.

        Raises:
            NotFoundError: no such question of this owner.
            TurnRunningError: a reply of this thread is still being written, here or elsewhere.
            ThreadChangedError: another entry is last.
        """
        reply = self._new_reply(owner, thread_id, reply_id, after)
        return await self._begin(reply, replies.ask_again, question_id, text)

    async def go_on(self, owner: Owner, thread_id: str, reply_id: str) -> Writing:
        """The last reply of a thread is written on; `Writing.follow` tells what is new alone.

        Raises:
            NotFoundError: no such reply of this owner, or it is not the last entry.
            TurnRunningError: it is still being written, here or elsewhere.
        """
        return await self._begin(self._new_reply(owner, thread_id, reply_id), replies.go_on)

    async def take_back(self, owner: Owner, thread_id: str, writing: Writing) -> None:
        """A reply and its question have never been; nor has a thread without another entry.

        Raises:
            NotFoundError: no such thread of this owner.
        """
        await self._database.write(replies.take_back, owner.id, thread_id, writing.reply_id)
        self._journal.forget(writing.reply_id)

    def _new_reply(
        self, owner: Owner, thread_id: str, reply_id: str, after: str | None = None
    ) -> NewReply:
        return NewReply(
            id=reply_id,
            thread_id=thread_id,
            owner_id=owner.id,
            writer_id=self._journal.writer_id,
            begun_at=self._now(),
            after=after,
        )

    async def _begin(
        self,
        reply: NewReply,
        work: Callable[Concatenate[Connection, NewReply, P], None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Writing:
        await self._journal.store_ends()  # one that is still to be stored would be in the way
        try:
            await self._database.write(work, reply, *args, **kwargs)
        except asyncio.CancelledError:
            self._journal.abandon(reply.id)  # it may have been committed
            raise
        except NotFoundError:
            self._on_not_found()
            raise
        return self._journal.begin(reply.id)
