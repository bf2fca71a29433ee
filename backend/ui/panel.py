"""The live panel of every page that shows one: one look at the engine for all of them.

Nobody watches, nothing is asked. An engine that does not answer is asked less and less often, and
nothing that it said before is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from backend.readiness.live import LiveNumbers
from backend.ui.page import Page
from backend.ui.sessions import ChatSessions
from backend.ui.texts.panel import panel

LOOK_SECONDS = 2.0
MAX_LOOK_SECONDS = 6.0  # of an engine that does not answer


class LivePanel:
    """Tells pages what the engine does.

    Args:
        sessions: who is there.
        look: at the engine; `None` is that it does not answer.
        sleep: waits seconds.
    """

    def __init__(
        self,
        sessions: ChatSessions,
        look: Callable[[], Awaitable[LiveNumbers | None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sessions = sessions
        self._look = look
        self._sleep = sleep
        self._watchers: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def show(self, page: Page) -> None:
        """A page shows the panel; it has to say so again when its socket was gone."""
        self._watchers.add(page.session_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="live-panel")

    def hide(self, page: Page) -> None:
        """A page does not show it any more."""
        self._watchers.discard(page.session_id)

    async def _run(self) -> None:
        wait_seconds = LOOK_SECONDS
        while self._pages():
            numbers = await self._look()
            for page in self._pages():
                num_people = self._sessions.num_connected
                shown = panel(numbers or LiveNumbers(), num_people, page.language)
                await page.tell_script("panel", shown)
            wait_seconds = LOOK_SECONDS if numbers else min(2 * wait_seconds, MAX_LOOK_SECONDS)
            await self._sleep(wait_seconds)

    def _pages(self) -> list[Page]:
        """The pages that show it and are connected; the others are forgotten."""
        here = {page.session_id: page for page, _ in self._sessions.connected()}
        self._watchers &= here.keys()
        return [here[session_id] for session_id in self._watchers]
