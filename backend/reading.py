"""What is read beside the chat: conversations as files and behind links, and the engine's log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict

from fastapi import FastAPI

from backend.errors import NotFoundError, StoreError
from backend.readiness.engine_log import engine_log
from backend.ui.shared_page import SharedPages
from backend.ui.texts import describe, language_of, say
from backend.web.downloads import Download, add_downloads
from backend.web.engine_log import add_engine_log
from backend.web.shared import SharedPage, add_shared
from backend.wiring import Services

log = logging.getLogger("warmline")


def add_reading(app: FastAPI, services: Services) -> None:
    """Add the routes."""

    async def export(thread_id: str, file_format: str) -> Download:
        return Download(*await services.export(thread_id, file_format))

    def described(error: StoreError, accepted: str) -> str:
        return describe(error, language_of(accepted))

    def readable_log() -> Mapping[str, object] | None:
        is_readable = services.settings.is_for_this_machine_alone
        log = engine_log(services.watch.report) if is_readable else None
        return asdict(log) if log is not None else None

    add_downloads(app, export=export, describe=described)
    add_shared(app, open_shared=Links(services).open)
    add_engine_log(app, read=readable_log)


class Links:
    """Opens the pages of links, one at a time and beside the event loop: replies go on meanwhile.

    Args:
        services: of the process.
    """

    def __init__(self, services: Services) -> None:
        self._services = services  # its store is opened when it has been checked
        self._pages = SharedPages(services.branding, services.settings.public_path)
        self._one_at_a_time = asyncio.Lock()

    async def open(self, token: str, accepted: str) -> SharedPage:
        """The page behind a link, or a page that says why there is none.

        Args:
            token: of the link.
            accepted: the reader's `Accept-Language`.
        """
        language = language_of(accepted)
        try:
            thread = await self._services.store.shares.open(token)
        except NotFoundError:
            return SharedPage(self._pages.nothing(say("shared.gone", language), language), 404)
        except StoreError as error:
            log.warning("a shared conversation is not shown: %s: %s", error.kind, error)
            return SharedPage(self._pages.nothing(say("shared.later", language), language), 503)
        async with self._one_at_a_time:
            html = await asyncio.to_thread(self._pages.conversation, thread, language)
        return SharedPage(html)
