"""What the page's own scripts ask for: settings, a link, all gone, the panel, a message once more.

A script posts `{warmlineAsks: …}` to its own window, and Chainlit's page hands every message of its
window to the server. Whatever else comes that way changes nothing here.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from chainlit.session import WebsocketSession

from backend.errors import StoreError
from backend.store.records import Owner
from backend.ui.choice_panel import ChoicePanel
from backend.ui.page import Page
from backend.ui.panel import LivePanel
from backend.ui.sessions import ChatSessions
from backend.ui.texts import describe, say
from backend.ui.texts.conversations import menu_words
from backend.ui.texts.names import names

log = logging.getLogger("warmline.ui")

Word = dict[str, Any]


class Asked:
    """Answers the scripts of all pages.

    Args:
        sessions: who is there.
        panel: the live panel.
    """

    def __init__(self, sessions: ChatSessions, panel: LivePanel) -> None:
        self._panel = panel
        self._sessions = sessions
        self._services = sessions.services  # its store is opened when it has been checked
        self._threads = sessions.threads
        self._public_path = sessions.services.settings.public_path
        self._answers: dict[str, Callable[[Page, Word], Awaitable[None]]] = {
            **ChoicePanel(sessions.services).answers,
            "menu": self._menu,
            "names": self._names,
            "link": self._link,
            "make_link": self._make_link,
            "end_link": self._end_link,
            "count": self._count,
            "delete_all": self._delete_all,
            "panel": self._watch,
            "sent": self._send_once_more,
        }

    async def hear(self, session: WebsocketSession, word: object) -> None:
        """Answer what is asked for; nothing else is heard."""
        asked = word.get("warmlineAsks") if isinstance(word, dict) else None
        answer = self._answers.get(asked) if isinstance(asked, str) else None
        if answer is None or not isinstance(word, dict):
            return
        page = Page(session)
        try:
            await answer(page, word)
        except StoreError as error:
            log.warning("%s is not answered: %s: %s", asked, error.kind, error)
            await page.toast(describe(error, page.language), "error")

    async def _owner(self, page: Page) -> Owner:
        return await self._services.store.owners.named(page.person)

    async def _menu(self, page: Page, _: Word) -> None:
        await page.tell_script("menu", menu_words(page.language))

    async def _names(self, page: Page, _: Word) -> None:
        await page.tell_script("names", names(page.language))

    async def _watch(self, page: Page, word: Word) -> None:
        if word.get("show"):
            self._panel.show(page)
        else:
            self._panel.hide(page)

    async def _send_once_more(self, page: Page, word: Word) -> None:
        message_id, text = word.get("id"), word.get("text")
        chat = self._sessions.at(page)
        if chat is not None and isinstance(message_id, str) and isinstance(text, str):
            await chat.answer_once(message_id, text)

    # -- a link ---------------------------------------------------------------------------------

    async def _link(self, page: Page, word: Word) -> None:
        thread_id = str(word.get("thread"))
        await self._tell_link(
            page, await self._services.store.shares.find(await self._owner(page), thread_id)
        )

    async def _make_link(self, page: Page, word: Word) -> None:
        thread_id = str(word.get("thread"))
        await self._tell_link(
            page, await self._services.store.shares.make(await self._owner(page), thread_id)
        )

    async def _end_link(self, page: Page, word: Word) -> None:
        await self._services.store.shares.revoke(await self._owner(page), str(word.get("thread")))
        await self._tell_link(page, None)

    async def _tell_link(self, page: Page, token: str | None) -> None:
        path = None if token is None else f"{self._public_path}/shared/{token}"
        await page.tell_script("link", {"path": path})

    # -- all conversations ----------------------------------------------------------------------

    async def _count(self, page: Page, _: Word) -> None:
        num = await self._services.store.threads.count(await self._owner(page))
        key = "delete_all.about" if num else "delete_all.none"
        about = say(key, page.language, num=num)
        await page.tell_script("count", {"num": num, "about": about})

    async def _delete_all(self, page: Page, _: Word) -> None:
        owner = await self._owner(page)
        num = await self._services.store.threads.delete_all(owner)
        await self._threads.all_deleted(owner)
        log.info("%d conversations were deleted at once", num)
        for other, _chat in self._sessions.connected():
            if other.person == page.person:
                await other.tell_script("all_deleted", {"num": num})
