"""The canary: one token, asked for while the gate is open and no reply shows that the engine lives.

Why: an engine can answer `/health` and list its model while it generates nothing (a hung GPU, a
deadlock among its workers), and the probes see no difference.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from backend.errors import EngineBusyError, EngineTimeoutError, WarmlineError
from backend.readiness.burst import Generate
from backend.readiness.timing import Sleep, within

NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPolicy:
    """When a canary is sent, and when the engine is lost. Both times count from a sign of life.

    Their sum stays below the 15 s in which the gate closes for an engine that does not generate.

    Attributes:
        quiet_seconds: after so long without a sign of life a canary is sent.
        patience_seconds: after so much longer the engine is lost.
    """

    quiet_seconds: float = 4.0
    patience_seconds: float = 9.0

    def due_at(self, alive_at: float) -> float:
        """When the next canary is sent, in seconds of the clock of `alive_at`."""
        return alive_at + self.quiet_seconds

    def lost_at(self, alive_at: float) -> float:
        """When an engine without another sign of life is lost, by the same clock."""
        return self.due_at(alive_at) + self.patience_seconds


class Canary:
    """Asks one engine for a token, one request at a time.

    Args:
        generate: the warm-up's.
        last_sign_of_life: when bytes of a reply last came, by `clock`; `None` for never.
        policy: when.
        clock: monotonic seconds.
        sleep: waits seconds.
    """

    def __init__(
        self,
        generate: Generate,
        *,
        last_sign_of_life: Callable[[], float | None] = lambda: None,
        policy: CanaryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._generate = generate
        self._last_sign_of_life = last_sign_of_life
        self._policy = policy or CanaryPolicy()
        self._clock = clock
        self._sleep = sleep
        self._answered_at = -math.inf

    async def until_lost(self) -> str:
        """Watch an engine that has just generated; return when it does no more, with the cause.

        The cause is for the log. No request outlives this call, however it ends.
        """
        self._answered_at = self._clock()
        while True:
            await self._until_due()
            failure = await self._failure()
            if failure and self._seconds_left() > 0:
                failure = await self._failure()  # one may be bad luck
            if failure:
                return failure

    async def _until_due(self) -> None:
        while (now := self._clock()) < (due_at := self._policy.due_at(self._alive_at())):
            await self._sleep(due_at - now)

    async def _failure(self) -> str:
        """What one canary fails of; empty if it does not, or if there is time for another."""
        try:
            await within(self._seconds_left(), self._one_token(), self._sleep)
        except EngineBusyError:
            pass  # it lives, and says that it may not generate now
        except (TimeoutError, EngineTimeoutError):
            return "" if self._seconds_left() > 0 else NO_ANSWER
        except WarmlineError as error:
            return error.kind
        except Exception as error:
            return type(error).__name__  # its text may repeat what the engine echoes
        self._answered_at = self._clock()
        return ""

    async def _one_token(self) -> float:
        # no two begin alike, or a cache on the way could answer for the engine
        return await self._generate(f"{uuid4().hex}: say yes.", 1)

    def _seconds_left(self) -> float:
        return self._policy.lost_at(self._alive_at()) - self._clock()

    def _alive_at(self) -> float:
        last = self._last_sign_of_life()
        return self._answered_at if last is None else max(self._answered_at, last)
