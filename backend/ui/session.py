"""One page's conversation: what its person sends, stops, edits and asks for again."""

from __future__ import annotations

import asyncio
import uuid

from backend.chat import prompt
from backend.chat.conversation import Conversation, Entry
from backend.errors import GateClosedError, MessageTooLongError, RefusedError, TurnRunningError
from backend.ui.page import Page, PageMessage, now
from backend.ui.reply import ReplyView
from backend.ui.reply_turn import ReplyTurn
from backend.ui.texts import describe
from backend.wiring import Services


class ChatSession:
    """What one page and its person do.

    Args:
        services: of the process.
        page: where all is shown.
    """

    def __init__(self, services: Services, page: Page) -> None:
        self._services = services
        self._page = page
        self._conversation = Conversation()
        self._turn: ReplyTurn | None = None
        self._views: dict[str, ReplyView] = {}  # of each reply, by its id
        self._one_at_a_time = asyncio.Lock()  # of what the person does: a button pressed twice
        self._refusal: PageMessage | None = None

    @property
    def locked(self) -> bool:
        """Whether the composer must not send: the gate is closed, or a turn runs."""
        return not self._services.gate.is_open or self._turn is not None

    async def answer(self, message_id: str, text: str) -> None:
        """A message was sent: start its turn, or refuse it with a sentence and keep its text."""
        async with self._one_at_a_time:
            await self._answer(message_id, text)

    async def edit(self, message_id: str, text: str) -> None:
        """A message was edited: all below it goes, and it is answered anew."""
        async with self._one_at_a_time:
            index = self._conversation.find(message_id)
            if index is None:
                await self._answer(message_id, text)
            else:
                await self._edit(self._conversation.entries[index], text)

    async def ask_again(self, reply_id: str) -> None:
        """A button asked for another reply to the same question."""
        async with self._one_at_a_time:
            question = self._conversation.question_before(reply_id)
            if question is not None and await self._may_press():
                await self._clear_below(question)
                await self._start(question)

    async def go_on(self, reply_id: str) -> None:
        """A button asked to continue a reply that was cut short: the last one, never an older."""
        async with self._one_at_a_time:
            last = self._conversation.entries[-1:]
            if last and last[0].id == reply_id and await self._may_press():
                await self._views[reply_id].clear(text_too=False)
                await self._start(last[0])

    async def show_numbers(self, details: str) -> None:
        """A button asked for a reply's numbers in full."""
        await self._page.toast(details)

    async def stop(self) -> None:
        """Stop was pressed: the engine's work ends, the text stays."""
        if self._turn is not None:
            self._turn.stop()
        await self._page.lock(self.locked)

    async def page_returned(self) -> None:
        """The page's socket is back: show it what it may have missed."""
        for entry in self._conversation.entries[-1:]:
            await self._show_again(entry)
        if self._refusal is not None:
            await self._page.show(self._refusal)

    @property
    def _budget(self) -> prompt.Budget:
        services = self._services
        return prompt.Budget(services.gate.state.max_model_len, services.sampling.max_tokens)

    # -- accepting and refusing -----------------------------------------------------------------

    async def _answer(self, message_id: str, text: str) -> None:
        try:
            cleaned = prompt.clean(text)
            await self._accept()
        except RefusedError as error:
            await self._refuse(message_id, text, error)
            return
        await self._start(self._conversation.ask(message_id, cleaned))

    async def _edit(self, question: Entry, text: str) -> None:
        try:
            cleaned = prompt.clean(text)
            prompt.check_size(cleaned, self._budget)
            if self._services.gate.is_open:
                await self._stop_and_wait()
            await self._accept()
        except RefusedError as error:
            await self._page.toast(describe(error, self._page.language), "error")
            await self._show_conversation()
            return
        await self._clear_below(question)
        question.text = cleaned
        await self._page.update(PageMessage(id=question.id, text=cleaned, by="user"))
        await self._start(question)

    async def _accept(self) -> None:
        """Let a message pass, or raise why not."""
        if not self._services.gate.is_open:
            raise GateClosedError(phase=self._services.gate.state.phase.value)
        if self._turn is not None and self._turn.ending:
            await self._turn.wait()
        if self._turn is not None:
            raise TurnRunningError

    async def _may_press(self) -> bool:
        try:
            await self._accept()
        except RefusedError as error:
            await self._page.toast(describe(error, self._page.language), "error")
            return False
        return True

    async def _refuse(self, message_id: str, text: str, error: RefusedError) -> None:
        """Take the message out of the page, put its text back into the composer, say why."""
        self._services.metrics.turn_ended("refused")
        await self._page.remove(message_id)
        await self._page.tell_script("draft", text)
        await self._drop_refusal()
        sentence = describe(error, self._page.language)
        self._refusal = PageMessage(id=str(uuid.uuid4()), text=sentence, is_error=True)
        await self._page.show(self._refusal)
        await self._page.lock(self.locked)

    async def _drop_refusal(self) -> None:
        if self._refusal is not None:
            await self._page.remove(self._refusal.id)
            self._refusal = None

    async def _take_back(self, error: MessageTooLongError) -> None:
        """The question does not fit the model: it was not sent, so it does not stay either."""
        question = self._conversation.entries[-2]
        await self._clear_below(question)
        self._conversation.remove(question.id)
        await self._refuse(question.id, question.text, error)

    # -- turns ----------------------------------------------------------------------------------

    async def _start(self, last: Entry) -> None:
        """Start a turn that answers the last question, or continues the last reply."""
        if last.role == "user":
            last = self._conversation.answer(str(uuid.uuid4()))
        view = self._views[last.id] = ReplyView(self._page, last, now())
        self._turn = ReplyTurn(
            self._services,
            self._conversation,
            view,
            on_too_long=self._take_back,
            on_end=self._turn_ended,
        )
        await self._drop_refusal()
        await self._page.lock(True)

    async def _turn_ended(self) -> None:
        self._turn = None
        await self._page.lock(self.locked)

    async def _stop_and_wait(self) -> None:
        if self._turn is not None:
            self._turn.stop()
            await self._turn.wait()

    async def _clear_below(self, question: Entry) -> None:
        for gone in self._conversation.cut_after(question.id):
            if view := self._views.pop(gone.id, None):
                await view.clear(text_too=True)
            else:
                await self._page.remove(gone.id)

    async def _show_conversation(self) -> None:
        """Show everything again, for a page that dropped what it must not."""
        for entry in self._conversation.entries:
            await self._show_again(entry)
        await self._page.lock(self.locked)

    async def _show_again(self, entry: Entry) -> None:
        if self._turn is not None and entry is self._conversation.entries[-1]:
            await self._turn.page_returned()
        elif view := self._views.get(entry.id):
            await view.show_again()
        else:
            await self._page.show(PageMessage(id=entry.id, text=entry.text, by=entry.role))
