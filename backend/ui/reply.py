"""One reply in one page: its text as it grows, the notes around it, the buttons under it."""

from __future__ import annotations

import uuid

from backend.chat.conversation import Entry
from backend.chat.outcome import Outcome
from backend.chat.turn import TurnResult
from backend.errors import WarmlineError
from backend.llm.retry import Retry
from backend.ui.page import Button, Page, PageMessage, button
from backend.ui.texts import describe, ordinal, say, seconds
from backend.ui.texts.reply import numbers_details, numbers_line


class ReplyView:
    """Shows one reply.

    Args:
        page: where.
        entry: the reply in the conversation; its text is what stood there before this turn.
        created_at: time of the reply (ISO 8601).
    """

    def __init__(self, page: Page, entry: Entry, created_at: str) -> None:
        self._page = page
        self._entry = entry
        self._before = entry.text
        self._created_at = created_at
        self._note: PageMessage | None = None
        self._note_is_waiting = False
        self._buttons: list[Button] = []

    def is_behind(self) -> bool:
        """Whether the page has not yet taken what it was sent."""
        return self._page.is_behind

    async def begin(self) -> None:
        """Show the empty reply with its cursor."""
        await self._page.begin(self._message(self._before, streaming=True))

    async def write(self, text: str) -> None:
        """The next frame of text."""
        if self._note_is_waiting:
            await self._drop_note()
            await self.begin()
        await self._page.write(self._entry.id, text)

    async def rewrite(self, text: str) -> None:
        """All text so far, for a page that may have missed frames."""
        await self._drop_waiting_note()
        await self._page.show(self._message(self._before + text, streaming=True))

    async def retrying(self, retry: Retry) -> None:
        """Say that the engine is asked again, when, and for which time."""
        if not self._before:  # the note alone, not below an empty reply
            await self._page.remove(self._entry.id)
        language = self._page.language
        text = say(
            "retrying" if retry.wait_seconds >= 0.05 else "retrying.now",
            language,
            cause=describe(retry.cause, language),
            wait=seconds(retry.wait_seconds, language),
            attempt=ordinal(retry.num_attempt, language),
        )
        await self._show_note(text, waiting=True)

    async def end(self, result: TurnResult) -> None:
        """Show how the reply ended: whole text, numbers, a note if it is not complete, buttons."""
        await self._drop_waiting_note()
        if self._entry.text:
            await self._page.update(self._message(self._entry.text))
        else:
            await self._page.remove(self._entry.id)
        if note := self._ending(result):
            failed = result.outcome in (Outcome.FAILED, Outcome.INTERRUPTED)
            await self._show_note(note, is_error=failed)
        self._buttons = self._buttons_for(result)
        for each in self._buttons:
            await self._page.add_button(each)

    async def show_again(self) -> None:
        """Show the ended reply to a page that may have missed its end."""
        if self._entry.text:
            await self._page.show(self._message(self._entry.text))
        else:
            await self._page.remove(self._entry.id)
        await self.show_note_again()
        for each in self._buttons:
            await self._page.remove_button(each)
            await self._page.add_button(each)

    async def show_note_again(self) -> None:
        """Show the note to a page that may have missed it."""
        if self._note is not None:
            await self._page.show(self._note)

    async def clear(self, *, text_too: bool) -> None:
        """Take notes and buttons away, and the reply itself as well if it is to be written anew."""
        for each in self._buttons:
            await self._page.remove_button(each)
        self._buttons = []
        await self._drop_note()
        if text_too:
            await self._page.remove(self._entry.id)

    def _message(self, text: str, *, streaming: bool = False) -> PageMessage:
        return PageMessage(
            id=self._entry.id, text=text, streaming=streaming, created_at=self._created_at
        )

    def _ending(self, result: TurnResult) -> str:
        """The sentence under a reply that is not simply complete; empty if it is."""
        language = self._page.language
        if result.outcome is Outcome.STOPPED:
            return say("reply.stopped", language)
        if result.outcome is not Outcome.COMPLETED:
            return describe(result.error or WarmlineError(), language)
        if not self._entry.text:
            return say("reply.empty", language)
        return say("reply.length", language) if result.numbers.finish_reason == "length" else ""

    def _buttons_for(self, result: TurnResult) -> list[Button]:
        language, reply_id = self._page.language, self._entry.id
        complete = result.outcome is Outcome.COMPLETED and bool(self._entry.text)
        cut = not complete or result.numbers.finish_reason == "length"
        place = self._note.id if self._note is not None else reply_id
        names = ["continue"] if cut and self._entry.text else []
        names.append("regenerate" if complete else "retry")
        buttons = [self._button(name, place) for name in names]
        if complete or (self._entry.text and result.outcome is Outcome.STOPPED):
            buttons.insert(
                0,
                button(
                    "numbers",
                    reply_id,
                    label=numbers_line(result.numbers, language),
                    tooltip=numbers_details(result.numbers, language),
                ),
            )
        return buttons

    def _button(self, name: str, place: str) -> Button:
        language = self._page.language
        made = button(
            name,
            place,
            label=say(f"button.{name}", language),
            tooltip=say(f"button.{name}.tip", language),
        )
        made["payload"] = {"message_id": self._entry.id}
        return made

    async def _show_note(self, text: str, *, waiting: bool = False, is_error: bool = False) -> None:
        note_id = self._note.id if self._note is not None else str(uuid.uuid4())
        self._note = PageMessage(id=note_id, text=text, is_error=is_error)
        self._note_is_waiting = waiting
        await self._page.show(self._note)

    async def _drop_waiting_note(self) -> None:
        if self._note_is_waiting:
            await self._drop_note()

    async def _drop_note(self) -> None:
        if self._note is not None:
            await self._page.remove(self._note.id)
        self._note, self._note_is_waiting = None, False
