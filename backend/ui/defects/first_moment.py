"""A page that has just connected can send, whatever the gate says.

Chainlit's page frees its composer as soon as its socket is connected, and the first word of the
server comes later, as the answer to the page's own. Between the two, longer on a busy machine, a
person at a closed gate sees a Send that seems to work. Here a page has heard of the gate before it
believes that it is connected: socket.io's client keeps what comes earlier, and hands it on first.
"""

from __future__ import annotations

from typing import Any

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.gate_card import GateCard
from backend.ui.page import Page
from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions, card: GateCard) -> None:
    """Wrap the handler of a new connection, whose answer is what connects the page."""
    chainlits_own = sio.handlers["/"]["connect"]

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> Any:
        accepted = await chainlits_own(sid, environ, auth)
        if session := WebsocketSession.get(sid):
            await card.show(Page(session), sessions.of(session))
        return accepted

    sio.on("connect", connect)
