"""One page: what its person does there, accepted or refused with a sentence."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from functools import partial

from backend.chat import prompt
from backend.chat.profiles import Beginning
from backend.errors import (
    AlreadyStoredError,
    NotFoundError,
    RefusedError,
    StoreError,
    ThreadChangedError,
    WarmlineError,
)
from backend.ui.page import Page
from backend.ui.texts import describe
from backend.ui.thread import LiveThread
from backend.ui.thread_view import ThreadView
from backend.ui.threads import LiveThreads
from backend.wiring import Services

log = logging.getLogger("warmline.ui")

OPEN_AGAIN_SECONDS = 2.0  # while the database does not answer


class ChatSession:
    """What one page and its person do.

    Args:
        services: of the process.
        page: where all is shown.
        threads: what the process has open.
        sleep: waits seconds.
    """

    def __init__(
        self,
        services: Services,
        page: Page,
        threads: LiveThreads,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._services = services
        self._page = page
        self._threads = threads
        self._sleep = sleep
        self._view = ThreadView(services, page)
        self._asks_for_thread = False

    @property
    def locked(self) -> bool:
        """Whether the composer must not send: the gate is closed, or a turn runs."""
        return self._view.locked

    @property
    def is_busy(self) -> bool:
        """Whether a reply is being written."""
        return self._view.is_busy

    async def told_gate(self, *, is_open: bool) -> None:
        """The page has been told of the gate: lock its composer, or free it, as things stand."""
        self._view.is_told_closed = not is_open
        await self._view.lock()

    # -- what the person does -------------------------------------------------------------------

    async def answer(self, message_id: str, text: str) -> None:
        """A message was sent: start its turn, or refuse it with a sentence and keep its text."""
        self._view.shows_already(message_id)
        await self._answer(message_id, text)

    async def answer_once(self, message_id: str, text: str) -> None:
        """A message was sent as the connection broke: as `answer` or `edit` if it never came."""
        thread = self._view.thread
        known = thread.text_of(message_id) if thread is not None else None
        if known is None:
            await self._answer(message_id, text)
        elif known != prompt.clean(text):
            await self.edit(message_id, text)
        else:
            await self._page.tell_script("kept", {"id": message_id})

    async def _answer(self, message_id: str, text: str) -> None:
        refuse = partial(self._refuse, message_id, text)
        try:
            thread = await self._own_thread()
            await thread.answer(message_id, text, refuse)
        except (RefusedError, StoreError) as error:
            await refuse(error)
        else:
            await self._view.lock()

    async def edit(self, message_id: str, text: str) -> None:
        """A message was edited: all below it goes, and it is answered anew."""
        refuse = self._refuse_change
        try:
            thread = await self._own_thread()
            if not thread.knows(message_id):
                refuse = partial(self._refuse, message_id, text)
            await thread.edit(message_id, text, refuse)
        except (RefusedError, StoreError) as error:
            await refuse(error)
        else:
            await self._view.lock()

    async def ask_again(self, reply_id: str) -> None:
        """A button asked for another reply to the same question."""
        await self._press(lambda thread: thread.ask_again(reply_id, self._refuse_change))

    async def go_on(self, reply_id: str) -> None:
        """A button asked to continue a reply that was cut short: the last one, never an older."""
        await self._press(lambda thread: thread.go_on(reply_id, self._refuse_change))

    async def show_numbers(self, reply_id: str) -> None:
        """A button asked for a reply's numbers in full."""
        await self._view.show_numbers(reply_id)

    async def stop(self) -> None:
        """Stop was pressed: the engine's work ends, the text stays."""
        if self._view.thread is not None:
            self._view.thread.stop()
        await self._view.lock()

    async def _press(self, do: Callable[[LiveThread], Awaitable[None]]) -> None:
        if self._view.thread is None:
            return
        try:
            await do(self._view.thread)
        except (RefusedError, StoreError) as error:
            await self._page.toast(describe(error, self._page.language), "error")
        await self._view.lock()

    async def _own_thread(self) -> LiveThread:
        """The thread of this page, a new one at its first message."""
        if self._view.thread is None:
            owner = await self._services.store.owners.named(self._page.person)
            beginning = Beginning(self._page.profile, self._page.language)
            thread = self._threads.new(owner, self._page.thread_id, beginning)
            if self._asks_for_thread:  # a message that is faster than its page's return
                thread = await self._threads.open(owner, self._page.thread_id)
            self._view.look_at(thread)
        assert self._view.thread is not None
        return self._view.thread

    # -- the page comes and goes ----------------------------------------------------------------

    def page_came(self) -> None:
        """The page's socket is connected."""
        self._view.is_here = True

    def asks_for_thread(self) -> None:
        """The page asks for a thread by its id; it is shown by `resume`."""
        self._asks_for_thread = True

    def page_went(self) -> None:
        """The page's socket is gone; what happens now is shown when it is back."""
        self._view.is_here = False

    def show_line(self) -> None:
        """Show the page what stands beside its composer."""
        self._view.show_line()

    async def page_returned(self) -> None:
        """The page's socket is back: show it what it may have missed."""
        await self._view.page_returned()

    async def resume(self) -> None:
        """Show the thread that the page asks for, a running reply too."""
        try:
            thread = await self._opened()
        except NotFoundError as error:
            self._asks_for_thread = False
            self._page.begin_elsewhere()
            await self._page.cannot_resume(describe(error, self._page.language))
            return
        if thread is not None:
            self._view.look_at(thread)
            await self._view.show_resumed()

    async def _opened(self) -> LiveThread | None:
        """The thread, as soon as the database says; `None` if the page is gone by then."""
        has_said = False
        while self._view.is_here:
            try:
                owner = await self._services.store.owners.named(self._page.person)
                return await self._threads.open(owner, self._page.thread_id)
            except NotFoundError:
                raise
            except StoreError as error:
                if not has_said:
                    log.warning("a thread is not opened yet: %s: %s", error.kind, error)
                    await self._page.toast(describe(error, self._page.language), "error")
                has_said = True
            await self._sleep(OPEN_AGAIN_SECONDS)
        return None

    # -- refusing -------------------------------------------------------------------------------

    async def _refuse(self, message_id: str, text: str, error: WarmlineError) -> None:
        """Take the message out of the page, put its text back into the composer, say why."""
        self._services.metrics.turn_ended("refused")
        if isinstance(error, AlreadyStoredError):  # the message in the page is another one
            await self._refuse_change(error)
            return
        await self._page.remove(message_id)
        await self._page.tell_script("draft", text)
        await self._take_changes(error)
        sentence = describe(error, self._page.language)
        await self._view.show_refusal(sentence, str(uuid.uuid4()))

    async def _refuse_change(self, error: WarmlineError) -> None:
        """Show everything again, for a page that dropped what it must not, and say why."""
        await self._page.toast(describe(error, self._page.language), "error")
        await self._take_changes(error)
        await self._view.show_all()

    async def _take_changes(self, error: WarmlineError) -> None:
        """What another process made of the thread is shown before the person tries again."""
        if isinstance(error, ThreadChangedError) and self._view.thread is not None:
            try:
                await self._threads.refresh(self._view.thread)
            except StoreError as failure:
                log.warning("a thread is not read again: %s: %s", failure.kind, failure)
