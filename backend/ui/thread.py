"""One thread as this process has it: what was said, the turn that runs, the pages that show it.

Two tabs in one thread are two viewers of the same conversation and of the same turn. What a person
does changes the database first, then the conversation, then every page.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field, replace
from functools import partial
from weakref import WeakSet

from backend.chat import prompt
from backend.chat.conversation import Conversation, Entry
from backend.chat.profiles import Beginning
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnResult
from backend.errors import GateClosedError, StoreError, TurnRunningError
from backend.llm.retry import Retry
from backend.store.records import Feedback, Owner, Question
from backend.ui.reply_turn import Keep, Plan, Refuse, ReplyTurn
from backend.ui.viewer import Running, Viewer
from backend.wiring import Services


@dataclass(eq=False)
class LiveThread:
    """A thread that somebody looks at, or whose reply is being written.

    Args:
        services: of the process.
        owner: whose it is.
        id: of the thread.
        beginning: its profile, and the language that it began in.
        conversation: what was said.
        feedback: on replies, by their ids.
        is_written_elsewhere: whether another process writes its last reply.
    """

    services: Services
    owner: Owner
    id: str
    beginning: Beginning = field(default_factory=Beginning)
    conversation: Conversation = field(default_factory=Conversation)
    feedback: dict[str, Feedback] = field(default_factory=dict)
    is_written_elsewhere: bool = False
    running: Running | None = None
    viewers: WeakSet[Viewer] = field(default_factory=WeakSet)
    _turn: ReplyTurn | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_busy(self) -> bool:
        """Whether a reply is being written, or about to be, here or elsewhere."""
        return self._turn is not None or self.is_written_elsewhere

    @property
    def has_turn(self) -> bool:
        """Whether a turn of this process runs: then it knows more than the database."""
        return self._turn is not None

    def knows(self, entry_id: str) -> bool:
        """Whether an entry is in it, or may be in a moment."""
        return self._turn is not None or self.conversation.find(entry_id) is not None

    def text_of(self, entry_id: str) -> str | None:
        """An entry's text, as the running turn will have it; `None` if there is no such entry."""
        conversation = self.conversation if self._turn is None else self._turn.conversation
        index = conversation.find(entry_id)
        return None if index is None else conversation.entries[index].text

    # -- what people do -------------------------------------------------------------------------

    async def answer(self, question_id: str, text: str, refuse: Refuse) -> None:
        """Answer a question.

        Raises:
            RefusedError: why not; `refuse` is told of what is found out later.
        """
        async with self._one_at_a_time:
            if self._turn is None or self.text_of(question_id) is None:  # else it came twice
                await self._answer(question_id, text, refuse)

    async def edit(self, question_id: str, text: str, refuse: Refuse) -> None:
        """Answer a question anew that was edited, and drop all below it.

        A question that is not known here is a new one.

        Raises:
            RefusedError: as `answer`.
        """
        async with self._one_at_a_time:
            if self._turn is not None:
                await self._turn.settled.wait()
            index = self.conversation.find(question_id)
            if index is None:
                await self._answer(question_id, text, refuse)
                return
            cleaned = prompt.clean(text)
            prompt.check_size(cleaned, prompt.Budget(self.services.gate.state.max_model_len))
            if self.services.gate.is_open:
                await self._stop_and_wait()
            await self._accept()
            question = replace(self.conversation.entries[index], text=cleaned)
            self._start_anew(question, refuse, text=cleaned)

    async def ask_again(self, reply_id: str, refuse: Refuse) -> None:
        """Ask for another reply to the same question.

        Raises:
            RefusedError: as `answer`.
        """
        async with self._one_at_a_time:
            await self._accept()
            question = self.conversation.question_before(reply_id)
            if question is not None:
                self._start_anew(question, refuse)

    async def go_on(self, reply_id: str, refuse: Refuse) -> None:
        """Continue a reply that was cut short: the last one, never an older.

        Raises:
            RefusedError: as `answer`.
        """
        async with self._one_at_a_time:
            await self._accept()
            if self.conversation.last_id == reply_id:
                keep = partial(self.services.store.turns.go_on, self.owner, self.id, reply_id)
                self._start(self.conversation.copy(), keep, refuse)

    def stop(self) -> None:
        """End the engine's work; the text stays."""
        if self._turn is not None:
            self._turn.stop()

    async def vanish(self) -> None:
        """Be empty: it was deleted."""
        await self._stop_and_wait()
        self.conversation, self.is_written_elsewhere = Conversation(), False
        await self.show_all()

    # -- accepting ------------------------------------------------------------------------------

    async def _answer(self, question_id: str, text: str, refuse: Refuse) -> None:
        cleaned = prompt.clean(text)
        await self._accept()
        conversation = self.conversation.copy()
        question = conversation.ask(question_id, cleaned)
        reply = conversation.answer(str(uuid.uuid4()))
        keep = partial(
            self.services.store.turns.ask,
            self.owner,
            self.id,
            Question(question.id, cleaned),
            reply.id,
            after=self.conversation.last_id,
            name=conversation.name,
            metadata=self.beginning.as_json(),
        )
        self._start(conversation, keep, refuse)

    def _start_anew(self, question: Entry, refuse: Refuse, text: str | None = None) -> None:
        conversation = self.conversation.before(question.id)
        conversation.entries.append(question)
        reply = conversation.answer(str(uuid.uuid4()))
        keep = partial(
            self.services.store.turns.ask_again,
            self.owner,
            self.id,
            question.id,
            reply.id,
            after=self.conversation.last_id,
            text=text,
        )
        self._start(conversation, keep, refuse)

    async def _accept(self) -> None:
        if not self.services.gate.is_open:
            raise GateClosedError(phase=self.services.gate.state.phase.value)
        if self._turn is not None and self._turn.ending:
            await self._turn.wait()
        if self.is_busy:
            raise TurnRunningError

    def _start(self, conversation: Conversation, keep: Keep, refuse: Refuse) -> None:
        choices = partial(self.services.profiles.choices, self.owner, self.beginning)
        plan = Plan(conversation=conversation, choices=choices, keep=keep, refuse=refuse)
        self._turn = ReplyTurn(self.services, plan, self)

    async def _stop_and_wait(self) -> None:
        if self._turn is not None:
            self._turn.stop()
            await self._turn.wait()

    # -- what the turn tells --------------------------------------------------------------------

    async def turn_began(self, plan: Plan, log: ReplyLog) -> None:
        """The question is stored: the conversation is the plan's from now on."""
        before, self.conversation = self.conversation, plan.conversation
        self.running = Running(plan.reply, log)
        kept = {entry.id for entry in self.conversation.entries}
        gone = [entry for entry in before.entries if entry.id not in kept]
        question = self.conversation.question_before(plan.reply.id)
        is_new = question is not None and question not in before.entries
        for viewer in self._viewers_here():
            if gone:
                await viewer.took_away(gone)
            if question is not None and is_new:
                await viewer.asked(question)
            await viewer.began(plan.reply, log)

    async def turn_retries(self, retry: Retry) -> None:
        """The engine is asked again."""
        if self.running is not None:
            self.running = replace(self.running, retry=retry)
        for viewer in self._viewers_here():
            await viewer.retrying(retry)

    async def turn_written(self) -> None:
        """All text is in the log."""
        for viewer in self._viewers_here():
            await viewer.written()

    async def turn_ended(self, result: TurnResult, not_stored: StoreError | None) -> None:
        """The reply has ended."""
        self.running = None
        for viewer in self._viewers_here():
            await viewer.ended(result, not_stored)

    async def turn_over(self) -> None:
        """There is no turn any more."""
        self._turn = self.running = None
        await self.lock_all()

    async def lock_all(self) -> None:
        """Lock every page's composer, or free it."""
        for viewer in self._viewers_here():
            await viewer.lock()

    async def show_all(self) -> None:
        """Show every page the conversation as it is now."""
        for viewer in self._viewers_here():
            await viewer.show_all()

    def _viewers_here(self) -> list[Viewer]:
        here = []
        for viewer in list(self.viewers):
            if viewer.is_here:
                here.append(viewer)
            else:
                viewer.missed()
        return here
