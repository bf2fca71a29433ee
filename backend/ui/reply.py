"""One reply in one page: its text as it grows, the notes around it, the buttons under it."""

from __future__ import annotations

from backend.chat.conversation import Entry
from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.turn import TurnResult
from backend.errors import EngineError, InterruptedReplyError, WarmlineError
from backend.llm.retry import Retry
from backend.store.records import Feedback
from backend.ui.page import Button, Page, PageMessage, PagePart, ReplyFrame, button
from backend.ui.texts import describe, ordinal, say, seconds
from backend.ui.texts.reply import numbers_line

FRAME = ".frame"  # what a reply's frame is called, after the reply
NOTE = ".note"


def frame_id(reply_id: str) -> str:
    """The id of a reply's frame."""
    return reply_id + FRAME


def reply_id(frame_id: str) -> str:
    """The id of the reply in a frame."""
    return frame_id.removesuffix(FRAME)


class ReplyView:
    """Shows one reply.

    Ids of all that belongs to it are made from the reply's own, so that a page which was shown it
    by another process, or before a restart, replaces what it has.

    Args:
        page: where.
        entry: the reply in the conversation; its text is what stood there before this turn.
        created_at: time of the reply (ISO 8601).
        feedback: that was given on it.
    """

    def __init__(
        self, page: Page, entry: Entry, created_at: str = "", feedback: Feedback | None = None
    ) -> None:
        self._page = page
        self._entry = entry
        self._before = entry.text
        self._created_at = created_at
        self._feedback = feedback
        self._note: PageMessage | None = None
        self._note_is_waiting = False
        self._buttons: list[Button] = []

    def is_behind(self) -> bool:
        """Whether the page has not yet taken what it was sent."""
        return self._page.is_behind

    async def begin(self) -> None:
        """Show the empty reply with its cursor."""
        await self._page.show(self._frame())
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
        await self._page.show(self._frame())
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
            await self._page.remove(frame_id(self._entry.id))
        if note := self._ending(result):
            failed = result.outcome in (Outcome.FAILED, Outcome.INTERRUPTED)
            await self._show_note(note, is_error=failed)
        self._buttons = self._buttons_for(result)
        for each in self._buttons:
            await self._page.add_button(each)

    def take_up(self) -> None:
        """Be as an ended reply is that somebody else has shown: note and buttons of its outcome."""
        result = _result_of(self._entry)
        if note := self._ending(result):
            failed = result.outcome in (Outcome.FAILED, Outcome.INTERRUPTED)
            self._note = PageMessage(id=self._entry.id + NOTE, text=note, is_error=failed)
        self._buttons = self._buttons_for(result)

    def parts(self, *, text_so_far: str | None = None) -> list[PagePart]:
        """All that stands in the page: an ended reply, or the text of a running one."""
        running = text_so_far is not None
        shown = self._before + text_so_far if text_so_far is not None else self._entry.text
        parts: list[PagePart] = []
        if shown or running:
            parts = [self._frame(), self._message(shown, streaming=running)]
        return parts if self._note is None else [*parts, self._note]

    async def show_again(self) -> None:
        """Show the ended reply to a page that may have missed its end."""
        parts = self.parts()
        if not self._entry.text:
            await self._page.remove(frame_id(self._entry.id))
        for part in parts:
            await self._page.show(part)
        await self.show_buttons_again()

    async def show_buttons_again(self) -> None:
        """Show the buttons to a page that may have them, or may not."""
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
            await self._page.remove(frame_id(self._entry.id))

    def _frame(self) -> ReplyFrame:
        given = self._feedback
        return ReplyFrame(
            id=frame_id(self._entry.id),
            thumb_up=None if given is None else given.thumb_up,
            comment=None if given is None else given.comment,
            created_at=self._created_at,
        )

    def _message(self, text: str, *, streaming: bool = False) -> PageMessage:
        return PageMessage(
            id=self._entry.id,
            text=text,
            within=frame_id(self._entry.id),
            streaming=streaming,
            created_at=self._created_at,
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
                    tooltip=say("numbers.tip", language),
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
        self._note = PageMessage(id=self._entry.id + NOTE, text=text, is_error=is_error)
        self._note_is_waiting = waiting
        await self._page.show(self._note)

    async def _drop_waiting_note(self) -> None:
        if self._note_is_waiting:
            await self._drop_note()

    async def _drop_note(self) -> None:
        if self._note is not None:
            await self._page.remove(self._note.id)
        self._note, self._note_is_waiting = None, False


def _result_of(entry: Entry) -> TurnResult:
    """How a stored reply ended. What cut it short is not stored, only that something did."""
    outcome = entry.outcome or Outcome.INTERRUPTED
    error: WarmlineError | None = None
    if outcome is Outcome.INTERRUPTED:
        error = InterruptedReplyError(reason="stored")
    elif outcome is Outcome.FAILED:
        error = EngineError()
    return TurnResult(outcome=outcome, numbers=entry.numbers or ReplyNumbers(), error=error)
