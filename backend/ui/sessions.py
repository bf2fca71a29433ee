"""Which conversation belongs to which of Chainlit's sessions, and who of them is there."""

from __future__ import annotations

from collections.abc import Iterator

from chainlit.context import context
from chainlit.session import WebsocketSession, ws_sessions_id
from chainlit.user_session import user_sessions

from backend.ui.page import Page
from backend.ui.session import ChatSession
from backend.wiring import Services

_KEY = "warmline_chat"  # in Chainlit's own store of a session, which it frees with the session


class ChatSessions:
    """Finds or makes the conversation of a Chainlit session.

    Args:
        services: of the process.
    """

    def __init__(self, services: Services) -> None:
        self.services = services

    def of(self, session: WebsocketSession) -> ChatSession:
        """The session's conversation, new at its first use."""
        store = user_sessions.setdefault(session.id, {})
        if _KEY not in store:
            store[_KEY] = ChatSession(self.services, Page(session))
        chat: ChatSession = store[_KEY]
        return chat

    def current(self) -> ChatSession:
        """The conversation of the page that this Chainlit handler runs for."""
        session = context.session
        if not isinstance(session, WebsocketSession):
            raise TypeError("only pages have conversations")
        return self.of(session)

    def connected(self) -> Iterator[tuple[Page, ChatSession]]:
        """Every session that Chainlit knows, those whose socket dropped a while ago included."""
        for session in list(ws_sessions_id.values()):
            yield Page(session), self.of(session)
