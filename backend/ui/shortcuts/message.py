"""A message that was sent goes straight to its conversation.

Chainlit makes an object of it that sleeps 1 ms with the whole process, keeps that object for ever,
and wraps the handler in a step that is sent to the page twice: 2 ms a message, and 200 people who
send at once wait for 200 sleeps.
"""

from __future__ import annotations

from typing import Any

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.sessions import ChatSessions


def take(sessions: ChatSessions) -> None:
    """Replace the handler of the page's `client_message`, and with it `on_message`."""

    async def client_message(sid: str, payload: dict[str, Any]) -> None:
        session = WebsocketSession.require(sid)
        message_id, text = str(payload["message"]["id"]), str(payload["message"]["output"])
        await sessions.of(session).answer(message_id, text)

    sio.on("client_message", client_message)
