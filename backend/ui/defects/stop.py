"""Stop says an English sentence, and does not find the turn of an edited message.

Chainlit sends the fixed message "Task manually stopped.", which then counts as the assistant's,
and cancels a task that it set for sent messages only. The page frees its composer by itself when
Stop is pressed, also at a closed gate, so it is locked again here where it must be.
"""

from __future__ import annotations

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions) -> None:
    """Replace the handler of the page's `stop`."""

    async def stop(sid: str) -> None:
        if session := WebsocketSession.get(sid):
            await sessions.of(session).stop()

    sio.on("stop", stop)
