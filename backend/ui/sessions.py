"""Which conversation belongs to which of Chainlit's sessions, and who of them is there."""

from __future__ import annotations

from collections.abc import Iterator

from chainlit.context import context
from chainlit.session import BaseSession, WebsocketSession
from chainlit.user_session import user_sessions

from backend.ui.page import Page
from backend.ui.session import ChatSession
from backend.ui.threads import LiveThreads
from backend.wiring import Services

_KEY = "warmline_chat"  # in Chainlit's own store of a session, which it frees with the session


class ChatSessions:
    """Finds or makes the conversation of a Chainlit session.

    Args:
        services: of the process.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.threads = LiveThreads(services)
        self._connected: dict[str, WebsocketSession] = {}

    def of(self, session: WebsocketSession) -> ChatSession:
        """The session's conversation, new at its first use."""
        store = user_sessions.setdefault(session.id, {})
        if _KEY not in store:
            store[_KEY] = ChatSession(self.services, Page(session), self.threads)
        chat: ChatSession = store[_KEY]
        return chat

    def current(self) -> ChatSession:
        """The conversation of the page that this Chainlit handler runs for."""
        return self.of(self.current_session())

    def current_session(self) -> WebsocketSession:
        """The session of the page that this Chainlit handler runs for."""
        session = context.session
        if not isinstance(session, WebsocketSession):
            raise TypeError("only pages have conversations")
        return session

    def came(self, session: WebsocketSession) -> None:
        """The session's page has connected, for the first time or again."""
        if session.id not in self._connected:
            self.services.metrics.session_opened()
        self._connected[session.id] = session
        self.of(session).page_came()

    def went(self, session: BaseSession) -> None:
        """The session's page is gone, or its connection dropped.

        Chainlit keeps the session for an hour, in case the page returns, and with it all of the
        dead connection: 30 KB of it go here.
        """
        session.environ = {}
        if connected := self._connected.pop(session.id, None):
            self.of(connected).page_went()
            self.services.metrics.session_closed()

    def connected(self) -> Iterator[tuple[Page, ChatSession]]:
        """Every page that is connected now."""
        for session in list(self._connected.values()):
            yield Page(session), self.of(session)

    def at(self, page: Page) -> ChatSession | None:
        """The conversation of a page; `None` if the page is not connected any more."""
        session = self._connected.get(page.session_id)
        return self.of(session) if session is not None else None

    @property
    def num_connected(self) -> int:
        """How many pages are connected now."""
        return len(self._connected)
