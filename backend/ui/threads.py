"""The threads that this process has open, each once, whoever shows it.

A thread lives here as long as a page or a turn holds it; the database has all of them. While a turn
runs here, what is here is newer than the database; at all other times the database is asked, for
another process may have written there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary, ref

from backend.chat.conversation import Conversation, Entry
from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.profiles import Beginning
from backend.errors import NotFoundError, StoreError
from backend.store.records import WRITING, Owner, StoredEntry, Thread
from backend.ui.thread import LiveThread
from backend.wiring import Services

log = logging.getLogger("warmline.ui")

FIRST_PROFILE = Beginning()
LOOK_AGAIN_SECONDS = 2.0  # at a reply that another process writes: as often as it stores it


class LiveThreads:
    """Finds or makes the live one of a thread.

    Args:
        services: of the process.
        sleep: waits seconds.
    """

    def __init__(
        self, services: Services, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._services = services
        self._sleep = sleep
        self._live: WeakValueDictionary[tuple[str, str], LiveThread] = WeakValueDictionary()
        self._following: set[asyncio.Task[None]] = set()

    def new(self, owner: Owner, thread_id: str, beginning: Beginning = FIRST_PROFILE) -> LiveThread:
        """A thread in which nothing is said yet."""
        live = self._live.get((owner.id, thread_id))
        if live is None:
            live = LiveThread(self._services, owner, thread_id, beginning)
            self._live[owner.id, thread_id] = live
        return live

    async def open(self, owner: Owner, thread_id: str) -> LiveThread:
        """A thread as it is stored, or as it is being written here.

        Raises:
            NotFoundError: no such thread of this owner.
            StoreError: the database does not say, and the thread is not live here.
        """
        live = self._live.get((owner.id, thread_id))
        if live is not None and live.has_turn:
            return live
        try:
            stored = await self._services.store.threads.open(owner, thread_id)
        except NotFoundError:
            raise
        except StoreError:
            if live is None:
                raise
            return live
        live = self.new(owner, thread_id)
        if not live.has_turn:
            self._take(live, stored)
        return live

    async def refresh(self, live: LiveThread) -> None:
        """Take over what another process made of a thread, and show it; nothing if it is gone.

        Raises:
            StoreError: the database does not say.
        """
        try:
            stored = await self._services.store.threads.open(live.owner, live.id)
        except NotFoundError:
            live.conversation = Conversation()
        else:
            self._take(live, stored)
        await live.show_all()

    async def deleted(self, owner: Owner, thread_id: str) -> None:
        """A thread is no more: its turn ends, its pages are empty."""
        live = self._live.get((owner.id, thread_id))
        if live is not None:
            await live.vanish()

    async def all_deleted(self, owner: Owner) -> None:
        """An owner's threads are no more."""
        for (owner_id, _), live in list(self._live.items()):
            if owner_id == owner.id:
                await live.vanish()

    def _take(self, live: LiveThread, stored: Thread) -> None:
        live.beginning = Beginning.from_json(stored.metadata)
        live.conversation = Conversation([_entry(each) for each in stored.entries])
        live.feedback = {e.id: e.feedback for e in stored.entries if e.feedback is not None}
        was_followed = live.is_written_elsewhere
        live.is_written_elsewhere = any(e.outcome == WRITING for e in stored.entries)
        if live.is_written_elsewhere and not was_followed:
            task = asyncio.create_task(self._follow(ref(live)), name="reply-elsewhere")
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self, thread: ref[LiveThread]) -> None:
        """Show a reply that another process writes, until it has ended or nobody looks."""
        while True:
            await self._sleep(LOOK_AGAIN_SECONDS)
            live = thread()
            if live is None or not live.is_written_elsewhere:
                return
            before = live.conversation.entries[-1:]
            try:
                await self._look_at(live, before)
            except StoreError as error:
                log.warning("a reply of another process is not seen: %s: %s", error.kind, error)
            del live

    async def _look_at(self, live: LiveThread, before: list[Entry]) -> None:
        try:
            stored = await self._services.store.threads.open(live.owner, live.id)
        except NotFoundError:
            live.is_written_elsewhere = False
            await live.lock_all()
            return
        self._take(live, stored)
        if live.conversation.entries[-1:] != before or not live.is_written_elsewhere:
            await live.show_all()


def _entry(stored: StoredEntry) -> Entry:
    """A stored entry as conversations have them; one that is being written has no outcome."""
    if stored.role == "user":
        return Entry(id=stored.id, role="user", text=stored.text)
    is_over = stored.outcome is not None and stored.outcome != WRITING
    return Entry(
        id=stored.id,
        role="assistant",
        text=stored.text,
        outcome=Outcome(stored.outcome or "") if is_over else None,
        numbers=ReplyNumbers.from_json(stored.numbers) if stored.numbers else None,
    )
