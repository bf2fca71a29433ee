"""One turn behind one reply of a page: a task of its own that Stop always finds.

The task asks the engine, hands frames of the text to the page, keeps how it ended. It outlives its
page's socket; a page that is back is shown all text so far.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from backend.chat import prompt
from backend.chat.conversation import Conversation, Entry
from backend.chat.frames import FrameReader
from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnRequest, TurnResult
from backend.errors import ContextOverflowError, MessageTooLongError, WarmlineError
from backend.llm.client import Message
from backend.llm.retry import Retry
from backend.ui.reply import ReplyView
from backend.wiring import Services

log = logging.getLogger("warmline.ui")


class ReplyTurn:
    """Writes one reply, or goes on with one.

    Args:
        services: of the process.
        conversation: ends with the reply, empty or to be continued.
        view: shows the reply.
        on_too_long: told, in place of a reply, that the question does not fit the model.
        on_end: told when all is shown.
    """

    def __init__(
        self,
        services: Services,
        conversation: Conversation,
        view: ReplyView,
        *,
        on_too_long: Callable[[MessageTooLongError], Awaitable[None]],
        on_end: Callable[[], Awaitable[None]],
    ) -> None:
        self._services = services
        self._conversation = conversation
        self._reply: Entry = conversation.entries[-1]
        self._view = view
        self._on_too_long = on_too_long
        self._on_end = on_end
        self._log = ReplyLog()
        self._reader = FrameReader(
            self._log,
            clock=services.frames,
            send=view.write,
            resend=view.rewrite,
            is_behind=view.is_behind,
        )
        self._asking = False
        self._stop_asked = False
        self._over = False
        self._task = services.turns.start(self._run())

    @property
    def ending(self) -> bool:
        """Whether it is stopped or over, and only shows its end."""
        return self._stop_asked or self._over

    def stop(self) -> None:
        """End the engine's work; what came stays."""
        self._stop_asked = True
        if self._asking:
            self._task.cancel()

    async def wait(self) -> None:
        """Return when the turn is over and shown."""
        await asyncio.wait([self._task])

    async def page_returned(self) -> None:
        """The page's socket is back: it gets all text so far, or the end again."""
        if self._over:
            await self._view.show_again()
        else:
            await self._view.show_note_again()
            self._reader.page_returned()

    async def _run(self) -> None:
        try:
            result = await self._write()
            await self._conclude(result)
        except MessageTooLongError as error:
            await self._conclude_too_long(error)
        except Exception as error:
            log.exception("a turn failed")
            cause = WarmlineError(type(error).__name__)
            await self._conclude(_result(Outcome.FAILED, cause))
        finally:
            await self._on_end()

    async def _conclude_too_long(self, error: MessageTooLongError) -> None:
        if self._reply.text:  # a reply that cannot be continued stays as it is
            overflow = ContextOverflowError(str(error), **error.values)
            await self._conclude(_result(Outcome.FAILED, overflow))
        else:
            await self._on_too_long(error)

    async def _write(self) -> TurnResult:
        """Ask the engine, and show frames of its text until all is there."""
        request = await self._request()
        await self._view.begin()
        reading = asyncio.create_task(self._reader.run(), name="frames")
        try:
            result = await self._ask(request)
        finally:
            self._log.close()
            self._reader.finish()
            await asyncio.wait([reading])
            self._reply.text += self._log.read()[0]
        return result

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

    async def _request(self) -> TurnRequest:
        services = self._services
        model = services.gate.state.model or ""

        async def count(messages: Sequence[Message]) -> int | None:
            return await services.count_num_tokens(model, messages)

        budget = prompt.Budget(services.gate.state.max_model_len, services.sampling.max_tokens)
        system_prompt = services.settings.system_prompt or ""
        messages = await prompt.fit(self._conversation, system_prompt, budget, count)
        continued = messages[-1]["role"] == "assistant"
        return TurnRequest(
            model=model,
            messages=messages,
            sampling=services.sampling,
            continue_last=continued,
        )

    async def _retrying(self, retry: Retry) -> None:
        self._services.metrics.retry()
        await self._view.retrying(retry)

    async def _conclude(self, result: TurnResult) -> None:
        """Keep how the turn ended, and show it."""
        self._over = True
        self._reply.outcome, self._reply.numbers = result.outcome, result.numbers
        if result.error is not None:
            log.warning("a turn ended as %s: %s", result.outcome, result.error)
        self._services.metrics.turn_ended(
            result.outcome,
            ttft_seconds=result.numbers.ttft_seconds,
            tpot_seconds=result.numbers.tpot_seconds,
        )
        await self._view.end(result)


def _result(outcome: Outcome, error: WarmlineError | None = None) -> TurnResult:
    return TurnResult(outcome=outcome, numbers=ReplyNumbers(), error=error)
