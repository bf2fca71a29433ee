"""One turn behind one reply: a task of its own that Stop always finds.

    the prompt fits → the question is committed → the engine is asked → the end is committed

It knows no page: its thread is told, and tells the pages that show it. What does not come as far
as the engine is refused as a whole, and nothing has changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.chat import prompt
from backend.chat.choices import Choices
from backend.chat.conversation import Conversation, Entry
from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnRequest, TurnResult, take_up_cancellation
from backend.errors import (
    ContextOverflowError,
    InterruptedReplyError,
    MessageTooLongError,
    RefusedError,
    StoreError,
    WarmlineError,
)
from backend.llm.client import Message
from backend.llm.retry import Retry
from backend.store.journal import Writing
from backend.wiring import Services

log = logging.getLogger("warmline.ui")

Keep = Callable[[], Awaitable[Writing]]
Refuse = Callable[[WarmlineError], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a turn is to do.

    Attributes:
        conversation: as it will be; ends with the reply, empty or to be continued.
        choices: says how the reply is to be asked for.
        keep: commits the question and the reply that begins, and returns who writes it.
        refuse: says that nothing of it was done, and why.
    """

    conversation: Conversation
    choices: Callable[[], Awaitable[Choices]]
    keep: Keep
    refuse: Refuse

    @property
    def reply(self) -> Entry:
        """What is to be written."""
        return self.conversation.entries[-1]


class TurnListener(Protocol):
    """Whom a turn tells how it goes."""

    async def turn_began(self, plan: Plan, log: ReplyLog) -> None:
        """The question is stored; text will come."""

    async def turn_retries(self, retry: Retry) -> None:
        """The engine is asked again."""

    async def turn_written(self) -> None:
        """All text is in the log."""

    async def turn_ended(self, result: TurnResult, not_stored: StoreError | None) -> None:
        """The end is stored, or will be."""

    async def turn_over(self) -> None:
        """It does nothing more, whatever became of it."""


class ReplyTurn:
    """Writes one reply, or goes on with one.

    Args:
        services: of the process.
        plan: what is to be done.
        listener: told how it goes.
    """

    def __init__(self, services: Services, plan: Plan, listener: TurnListener) -> None:
        self._services = services
        self._plan = plan
        self._listener = listener
        self._log = ReplyLog()
        self._writing: Writing | None = None
        self._asking = False
        self._stop_asked = False
        self._over = False
        self.settled = asyncio.Event()  # accepted or refused
        self._task = services.turns.start(self._run())

    @property
    def ending(self) -> bool:
        """Whether it is stopped or over, and only shows its end."""
        return self._stop_asked or self._over

    @property
    def conversation(self) -> Conversation:
        """As it will be."""
        return self._plan.conversation

    def stop(self) -> None:
        """End the engine's work; what came stays."""
        self._stop_asked = True
        if self._asking:
            self._task.cancel()

    async def wait(self) -> None:
        """Return when the turn is over and shown."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            request = await self._accepted()
            if request is not None:
                await self._conclude(await self._write(request))
        except Exception as error:
            log.exception("a turn failed")
            await self._fail(WarmlineError(type(error).__name__))
        finally:
            self.settled.set()
            await self._listener.turn_over()

    # -- before the engine ----------------------------------------------------------------------

    async def _accepted(self) -> TurnRequest | None:
        """The request once the question is stored; `None` if it is refused."""
        try:
            request = await self._request()
            self._writing = await self._plan.keep()
        except MessageTooLongError as error:
            await self._refuse(self._too_long(error))
            return None
        except (RefusedError, StoreError) as error:
            await self._refuse(error)
            return None
        except asyncio.CancelledError:  # the process ends
            take_up_cancellation()
            await self._refuse(InterruptedReplyError("the process ends", reason="shutdown"))
            return None
        self._writing.follow(self._log.read)
        self._plan.reply.outcome = self._plan.reply.numbers = None
        await self._listener.turn_began(self._plan, self._log)
        self.settled.set()
        return request

    async def _request(self) -> TurnRequest:
        services = self._services
        model = services.gate.state.model or ""

        async def count(messages: Sequence[Message]) -> int | None:
            return await services.count_num_tokens(model, messages)

        choices = await self._plan.choices()
        budget = prompt.Budget(services.gate.state.max_model_len, choices.max_tokens)
        system_prompt = choices.system_prompt or ""
        messages = await prompt.fit(self._plan.conversation, system_prompt, budget, count)
        return TurnRequest(model=model, messages=messages, sampling=choices.sampling)

    def _too_long(self, error: MessageTooLongError) -> WarmlineError:
        """It is the conversation that is too long where a reply is to be continued."""
        if self._plan.reply.text:
            return ContextOverflowError(str(error), **error.values)
        return error

    async def _refuse(self, error: WarmlineError) -> None:
        if isinstance(error, StoreError):
            log.warning("a message is not stored: %s: %s", error.kind, error)
        self._over = True
        await self._plan.refuse(error)

    # -- the engine -----------------------------------------------------------------------------

    async def _write(self, request: TurnRequest) -> TurnResult:
        """Ask the engine until all text is there and shown."""
        try:
            return await self._ask(request)
        finally:
            self._log.close()
            self._plan.reply.text += self._log.read()[0]
            await self._listener.turn_written()

    async def _ask(self, request: TurnRequest) -> TurnResult:
        if self._stop_asked:
            return _result(Outcome.STOPPED)
        self._asking = True
        self._services.metrics.stream_opened()
        try:
            return await self._services.runner.run(request, self._log, self._retrying)
        finally:
            self._services.metrics.stream_closed()
            self._asking = False

    async def _retrying(self, retry: Retry) -> None:
        self._services.metrics.retry()
        await self._listener.turn_retries(retry)

    # -- the end --------------------------------------------------------------------------------

    async def _fail(self, error: WarmlineError) -> None:
        """End a turn that broke inside."""
        if self._writing is None:
            await self._refuse(error)
        else:
            await self._conclude(_result(Outcome.FAILED, error))

    async def _conclude(self, result: TurnResult) -> None:
        """Keep how the turn ended, and show it."""
        self._over = True
        reply = self._plan.reply
        reply.outcome, reply.numbers = result.outcome, result.numbers
        if result.error is not None:
            log.warning("a turn ended as %s: %s", result.outcome, result.error)
        self._services.metrics.turn_ended(
            result.outcome,
            ttft_seconds=result.numbers.ttft_seconds,
            tpot_seconds=result.numbers.tpot_seconds,
        )
        await self._listener.turn_ended(result, await self._store_end(reply, result))

    async def _store_end(self, reply: Entry, result: TurnResult) -> StoreError | None:
        """Commit the reply. One that cannot be committed now is kept, and will be."""
        if self._writing is None:
            return None
        try:
            await self._writing.end(reply.text, result.outcome, result.numbers.as_json())
        except StoreError as error:
            log.warning("a reply is not stored yet: %s: %s", error.kind, error)
            return error
        return None


def _result(outcome: Outcome, error: WarmlineError | None = None) -> TurnResult:
    return TurnResult(outcome=outcome, numbers=ReplyNumbers(), error=error)
