"""The line beside one page's composer: how full the context is, and where the settings are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from backend.chat.context import ContextUse, context_use
from backend.errors import StoreError
from backend.llm.client import Message
from backend.ui.page import Page
from backend.ui.texts.composer import composer
from backend.ui.thread import LiveThread
from backend.wiring import Services

log = logging.getLogger("warmline.ui")


class ComposerLine:
    """Shows it in one page.

    Args:
        services: of the process.
        page: where.
    """

    def __init__(self, services: Services, page: Page) -> None:
        self._services = services
        self._page = page
        self._task: asyncio.Task[None] | None = None

    def show(self, thread: LiveThread | None) -> None:
        """Show it as soon as it is known; a turn does not wait for that."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._show(thread), name="composer-line")

    async def _show(self, thread: LiveThread | None) -> None:
        try:
            use = await self._use(thread)
        except StoreError as error:
            log.warning("the context's use is not known: %s: %s", error.kind, error)
            use = None
        await self._page.tell_script("composer", composer(use, self._page.language))

    async def _use(self, thread: LiveThread | None) -> ContextUse | None:
        """What the thread's conversation takes; `None` before its first message."""
        if thread is None or not thread.conversation.entries:
            return None
        services, state = self._services, self._services.gate.state

        async def count(messages: Sequence[Message]) -> int | None:
            return await services.count_num_tokens(state.model or "", messages)

        choices = await services.profiles.choices(thread.owner, thread.beginning)
        prompt = choices.system_prompt or ""
        return await context_use(thread.conversation, prompt, state.max_model_len, count)
