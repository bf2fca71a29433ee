"""A thread in one page: all that its page shows of it, and shows again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from backend.chat.conversation import Conversation, Entry
from backend.chat.frames import FrameReader
from backend.chat.numbers import ReplyNumbers
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnResult
from backend.errors import StoreError
from backend.llm.retry import Retry
from backend.ui.composer_line import ComposerLine
from backend.ui.page import Page, PageMessage, PagePart, now
from backend.ui.reply import ReplyView, frame_id
from backend.ui.texts import say
from backend.ui.texts.reply import numbers_details
from backend.ui.thread import LiveThread
from backend.wiring import Services

NUM_REPLIES_WITH_BUTTONS = 25  # of a thread that is opened: each button is an event to the page


class ThreadView:
    """Shows a thread: the `Viewer` of one page.

    Args:
        services: of the process.
        page: where.
    """

    def __init__(self, services: Services, page: Page) -> None:
        self._services = services
        self._page = page
        self._line = ComposerLine(services, page)
        self._views: dict[str, ReplyView] = {}  # of replies, by their ids
        self._reader: FrameReader | None = None  # of the reply that is being written
        self._reading: asyncio.Task[None] | None = None
        self._refusal: PageMessage | None = None
        self._sent_from_here: str | None = None  # a question that the page shows by itself
        self._knows_its_thread = False  # the page was told that it is stored
        self._missed_something = False
        self.thread: LiveThread | None = None
        self.is_here = True
        self.is_told_closed = False  # then its script holds what a free composer would send

    @property
    def locked(self) -> bool:
        """Whether the composer must not send: the gate is closed, or a turn runs."""
        return not self._services.gate.is_open or self.is_told_closed or self.is_busy

    @property
    def is_busy(self) -> bool:
        """Whether a reply is being written."""
        return self.thread is not None and self.thread.is_busy

    def look_at(self, thread: LiveThread) -> None:
        """Show this thread from now on."""
        self.thread = thread
        thread.viewers.add(self)

    def shows_already(self, question_id: str) -> None:
        """The page has put this question there itself, unless it is shown everything anew."""
        self._sent_from_here = question_id

    # -- what the thread tells ------------------------------------------------------------------

    def missed(self) -> None:
        """Something changed in the thread while the page was not here."""
        self._missed_something = True

    async def took_away(self, entries: Sequence[Entry]) -> None:
        """These entries are no more."""
        for gone in entries:
            if view := self._views.pop(gone.id, None):
                await view.clear(text_too=True)
            else:
                is_reply = gone.role == "assistant"
                await self._page.remove(frame_id(gone.id) if is_reply else gone.id)

    async def asked(self, question: Entry) -> None:
        """A question is there, or has another text."""
        if question.id != self._sent_from_here:
            await self._page.show(_question(question))
        self._sent_from_here = None

    async def began(self, reply: Entry, log: ReplyLog) -> None:
        """A reply is written, or written on."""
        if before := self._views.get(reply.id):
            await before.clear(text_too=False)
        await self.drop_refusal()
        if not self._knows_its_thread and self.thread is not None:
            self._knows_its_thread = True
            await self._page.thread_begins(self.thread.conversation.name)
        view = self._views[reply.id] = ReplyView(self._page, reply, now())
        await self._tell_kept(reply)
        await self._page.lock(True)
        await view.begin()
        self._read(view, log, position=0)

    async def _tell_kept(self, reply: Entry) -> None:
        question = self.thread and self.thread.conversation.question_before(reply.id)
        if question:
            await self._page.tell_script("kept", {"id": question.id})

    async def retrying(self, retry: Retry) -> None:
        """The engine is asked again."""
        if view := self._running_view:
            await view.retrying(retry)

    async def written(self) -> None:
        """All text of the reply is in its log: the page gets the rest."""
        if self._reader is not None and self._reading is not None:
            self._reader.finish()
            await asyncio.wait([self._reading])
        self._reader = self._reading = None

    async def ended(self, result: TurnResult, not_stored: StoreError | None) -> None:
        """The reply has ended."""
        thread = self.thread
        if thread is not None and (view := self._views.get(thread.conversation.last_id)):
            await view.end(result)
        self.show_line()
        if not_stored is not None:
            await self._page.toast(say("store.later", self._page.language), "warning")

    async def lock(self) -> None:
        """Lock the composer, or free it; at a closed gate its button is Stop only for a turn."""
        await self._page.lock(self.locked)
        if not self._services.gate.is_open:
            await self._page.tell_script("turn", {"runs": self.is_busy})

    async def show_numbers(self, reply_id: str) -> None:
        """Show all numbers of a reply beside its button; nothing for a reply that is not there."""
        conversation = self.thread.conversation if self.thread is not None else Conversation()
        index = conversation.find(reply_id)
        if index is None:
            return
        numbers = conversation.entries[index].numbers or ReplyNumbers()
        details = numbers_details(numbers, self._page.language)
        await self._page.tell_script("numbers", {"reply": reply_id, **details})

    def show_line(self) -> None:
        """Show what stands beside the composer."""
        self._line.show(self.thread)

    # -- a page that comes ----------------------------------------------------------------------

    async def show_resumed(self) -> None:
        """Show the thread to a page that has asked for it."""
        self._knows_its_thread = True
        await self._page.thread_begins("resume")
        await self.show_all()

    async def show_all(self) -> None:
        """Show the whole conversation in place of what is there."""
        self._missed_something, self._sent_from_here = False, None
        thread = self.thread
        if thread is None:
            return
        self._views = {}
        parts: list[PagePart] = []
        for entry in thread.conversation.entries:
            parts += [_question(entry)] if entry.role == "user" else self._parts(thread, entry)
        profile = self._services.presets.profile(thread.beginning.profile)
        await self._page.show_thread(parts, profile.name)
        if thread.running is not None and thread.running.retry is not None:
            await self.retrying(thread.running.retry)
        for view in list(self._views.values())[-NUM_REPLIES_WITH_BUTTONS:]:
            await view.show_buttons_again()
        self.show_line()
        await self.lock()

    async def page_returned(self) -> None:
        """The page's socket is back: show it what it may have missed."""
        if self._missed_something:
            await self.show_all()
        elif (view := self._running_view) and self._reader is not None:
            await view.show_note_again()
            self._reader.page_returned()
        elif self.thread is not None:
            for entry in self.thread.conversation.entries[-1:]:
                await self._show_again(entry)
        if self._refusal is not None:
            await self._page.show(self._refusal)

    # -- refusals -------------------------------------------------------------------------------

    async def show_refusal(self, sentence: str, refusal_id: str) -> None:
        """Say why a message is not accepted; the sentence stays until one is."""
        await self.drop_refusal()
        self._refusal = PageMessage(id=refusal_id, text=sentence, is_error=True)
        await self._page.show(self._refusal)
        await self.lock()

    async def drop_refusal(self) -> None:
        """Take the last refusal away."""
        if self._refusal is not None:
            await self._page.remove(self._refusal.id)
            self._refusal = None

    # -- parts ----------------------------------------------------------------------------------

    @property
    def _running_view(self) -> ReplyView | None:
        running = self.thread.running if self.thread is not None else None
        return self._views.get(running.reply.id) if running is not None else None

    def _parts(self, thread: LiveThread, reply: Entry) -> list[PagePart]:
        """A reply's parts of the page; one that is being written is read on from here."""
        view = ReplyView(self._page, reply, feedback=thread.feedback.get(reply.id))
        self._views[reply.id] = view
        running = thread.running
        if running is not None and running.reply is reply:
            text, position = running.log.read()
            self._read(view, running.log, position)
            return view.parts(text_so_far=text)
        if reply.outcome is None:  # another process writes it
            return view.parts(text_so_far="")
        view.take_up()
        return view.parts()

    def _read(self, view: ReplyView, log: ReplyLog, position: int) -> None:
        """Send frames of a reply that is being written."""
        if self._reading is not None:
            self._reading.cancel()
        self._reader = FrameReader(
            log,
            clock=self._services.frames,
            send=view.write,
            resend=view.rewrite,
            is_behind=view.is_behind,
            position=position,
        )
        self._reading = asyncio.create_task(self._reader.run(), name="frames")

    async def _show_again(self, entry: Entry) -> None:
        if view := self._views.get(entry.id):
            await view.show_again()
        else:
            await self._page.show(_question(entry))


def _question(entry: Entry) -> PageMessage:
    return PageMessage(id=entry.id, text=entry.text, by="user")
