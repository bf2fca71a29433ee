"""Every session sends its events the short way (`backend/ui/socket`)."""

from __future__ import annotations

from typing import Any

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.socket import PageSocket


def take() -> None:
    """Give each session its `PageSocket` when its page connects, for the first time or again."""
    chainlits_own = sio.handlers["/"]["connect"]

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> Any:
        accepted = await chainlits_own(sid, environ, auth)
        if session := WebsocketSession.get(sid):
            session.emit = PageSocket(sio, sid)
        return accepted

    sio.on("connect", connect)
