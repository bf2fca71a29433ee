"""The gate in every open page: a card with live phases, and the composer locked or free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from backend.readiness.gate import GateState, Phase
from backend.ui.page import Page
from backend.ui.session import ChatSession
from backend.ui.sessions import ChatSessions
from backend.ui.texts.engine import engine_words
from backend.ui.texts.gate import card
from backend.wiring import Services

MIN_INTERVAL_SECONDS = 0.25  # between two cards to the same page: a log can scroll fast


class PhaseTimes:
    """How long each phase of this start took.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._current = Phase.STARTING
        self._since = clock()
        self.passed: list[tuple[Phase, float]] = []

    def see(self, phase: Phase) -> None:
        """The gate is in this phase now."""
        if phase is self._current:
            return
        if self._current in (Phase.READY, Phase.LOST, Phase.FAILED):
            self.passed = []
        else:
            self.passed = [*self.passed, (self._current, self._clock() - self._since)]
        self._current, self._since = phase, self._clock()


class GateCard:
    """Tells every page what the gate's state is, at once and then at each change.

    Args:
        services: of the process.
        sessions: who is there.
        sleep: waits seconds.
    """

    def __init__(
        self,
        services: Services,
        sessions: ChatSessions,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._sleep = sleep
        self._times = PhaseTimes()
        self._news = False
        self._task: asyncio.Task[None] | None = None
        services.gate.subscribe(self._changed)

    async def show(self, page: Page, chat: ChatSession) -> None:
        """Send the card to one page, and lock its composer, or free it, as the card says."""
        gate, language = self._services.gate, page.language
        state = gate.state  # it may be another one when the page has the card
        engine = engine_words(
            self._services.watch.report,
            language,
            shows_log=self._services.settings.is_for_this_machine_alone,
        )
        data = card(
            state,
            elapsed_seconds=gate.elapsed_seconds,
            passed=self._times.passed,
            turn_runs=chat.is_busy,
            engine=engine,
            language=language,
        )
        await page.tell_script("gate", data)
        await chat.told_gate(is_open=state.ready)

    def _changed(self, state: GateState) -> None:
        self._times.see(state.phase)
        self._news = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell_all(), name="gate-card")

    async def _tell_all(self) -> None:
        while self._news:
            self._news = False
            for page, chat in self._sessions.connected():
                await self.show(page, chat)
                if self._services.gate.is_open:
                    chat.show_line()  # the context's size is known now
            await self._sleep(MIN_INTERVAL_SECONDS)
