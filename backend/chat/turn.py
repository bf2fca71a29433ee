"""One turn: a prompt goes to the engine, the reply's text goes to the reply log.

Only the opening of a stream is tried again (`llm/retry`). After the first text nothing is: what
came stays, and the outcome says whether the engine finished it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from backend.chat.numbers import ReplyNumbers, Stopwatch
from backend.chat.outcome import Outcome
from backend.chat.reply_log import ReplyLog
from backend.errors import EngineUnreachableError, InterruptedReplyError, WarmlineError
from backend.llm.client import EngineClient, Message, ReplyStream, Sampling
from backend.llm.events import Event, Finished, TextDelta
from backend.llm.retry import Retry, RetryPolicy, with_retries

SHUTDOWN = "shutdown"  # the word a turn is cancelled with when the process ends


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """What is asked. A reply that comes last is gone on with, from its text's end."""

    model: str
    messages: Sequence[Message]
    sampling: Sampling = field(default_factory=Sampling)

    @property
    def continue_last(self) -> bool:
        """Whether the last message is a reply."""
        return self.messages[-1]["role"] == "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """How a turn ended. `error` is set when it failed or was interrupted."""

    outcome: Outcome
    numbers: ReplyNumbers
    error: WarmlineError | None = None


def take_up_cancellation() -> None:
    """Let the task go on: what follows (a word to the page, the store) still awaits things."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


class TurnRunner:
    """Runs turns against one engine.

    Args:
        client: opens streams, one attempt each.
        policy: how opening is tried again.
        wait_open: returns when the gate is open; awaited before each attempt.
        suspect: told that the engine did not answer, so that the gate looks at once.
        clock: monotonic seconds.
        sleep: waits seconds.
    """

    def __init__(
        self,
        client: EngineClient,
        *,
        policy: RetryPolicy,
        wait_open: Callable[[], Awaitable[None]],
        suspect: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._policy = policy
        self._wait_open = wait_open
        self._suspect = suspect
        self._clock = clock
        self._sleep = sleep
        self.last_sign_of_life: float | None = None

    async def run(
        self,
        request: TurnRequest,
        log: ReplyLog,
        on_retry: Callable[[Retry], Awaitable[None]],
    ) -> TurnResult:
        """Write the reply into the log, close it, and say how it ended.

        Cancelling the task stops the engine's work and ends the turn as stopped, or, with the
        message `SHUTDOWN`, as interrupted; the cancellation itself is taken up here.
        """
        watch = Stopwatch(self._clock())
        try:
            stream = await self._open(request, on_retry)
            watch.sent(stream.sent_at)
            async with stream:
                async for events in stream:
                    self._take(events, log, watch)
            return self._result(Outcome.COMPLETED, watch)
        except asyncio.CancelledError as cancelled:
            take_up_cancellation()
            if SHUTDOWN in cancelled.args:
                error = InterruptedReplyError("the process ends", reason=SHUTDOWN)
                return self._result(Outcome.INTERRUPTED, watch, error)
            return self._result(Outcome.STOPPED, watch)
        except InterruptedReplyError as error:
            self._suspect()
            return self._result(Outcome.INTERRUPTED, watch, error)
        except WarmlineError as error:
            return self._result(Outcome.FAILED, watch, error)
        finally:
            log.close()

    async def _open(
        self, request: TurnRequest, on_retry: Callable[[Retry], Awaitable[None]]
    ) -> ReplyStream:
        async def attempt(seconds_left: float) -> ReplyStream:
            return await self._client.open(
                request.model,
                request.messages,
                request.sampling,
                continue_last=request.continue_last,
                seconds_left=seconds_left,
            )

        async def told(retry: Retry) -> None:
            if isinstance(retry.cause, EngineUnreachableError):
                self._suspect()
            await on_retry(retry)

        return await with_retries(
            attempt,
            self._policy,
            before_attempt=self._wait_open,
            on_retry=told,
            sleep=self._sleep,
            clock=self._clock,
        )

    def _take(self, events: Sequence[Event], log: ReplyLog, watch: Stopwatch) -> None:
        now = self._clock()
        self.last_sign_of_life = now
        for event in events:
            if isinstance(event, TextDelta):
                watch.text(now)
                log.append(event.text)
            elif isinstance(event, Finished):
                watch.finished(event.finish_reason, event.stop_word)
            else:
                watch.usage(event)

    @staticmethod
    def _result(
        outcome: Outcome, watch: Stopwatch, error: WarmlineError | None = None
    ) -> TurnResult:
        return TurnResult(outcome=outcome, numbers=watch.numbers(), error=error)
