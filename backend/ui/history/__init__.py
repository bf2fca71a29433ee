"""Chainlit's page gets its history from our store: sidebar, search, rename, delete, feedback.

The page has a sidebar only where somebody is logged in and threads can be resumed; both are said
here. What is written to threads does not come this way: a turn stores it (`ui/reply_turn`).
"""

from __future__ import annotations

from typing import Any

from chainlit.config import config

from backend.ui.history import person
from backend.ui.history.data_layer import History
from backend.ui.sessions import ChatSessions


def show(sessions: ChatSessions) -> None:
    """Give Chainlit our history, before the first page connects."""
    history = History(sessions.services, sessions.threads)
    config.code.data_layer = lambda: history
    config.code.on_chat_resume = _resumed_by_us
    person.take_everybody_in()


async def _resumed_by_us(_thread: Any) -> None:
    """Tell Chainlit's page that threads can be resumed; `ui/defects/reconnect` does it."""
