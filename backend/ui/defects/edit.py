"""An edited message runs inside the socket's event, out of Stop's reach.

Chainlit looks the message up in a list of its own that is in the wrong order after Stop, hands
`None` to the handler when it is not there, and awaits the whole reply. Here an edit is a turn like
any other.
"""

from __future__ import annotations

from typing import Any

from chainlit.context import init_ws_context
from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions) -> None:
    """Replace the handler of the page's `edit_message`."""

    async def edit_message(sid: str, payload: dict[str, Any]) -> None:
        session = WebsocketSession.require(sid)
        init_ws_context(session)
        message = payload["message"]
        await sessions.of(session).edit(str(message["id"]), str(message["output"]))

    sio.on("edit_message", edit_message)
