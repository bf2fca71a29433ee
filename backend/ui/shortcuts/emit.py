"""Every session sends its events the short way (`backend/ui/socket`)."""

from __future__ import annotations

from typing import Any

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.network import WRITE_NOW
from backend.ui.socket import PageSocket


def take() -> None:
    """Give each session its `PageSocket` when its page connects, for the first time or again."""
    chainlits_own = sio.handlers["/"]["connect"]

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> Any:
        accepted = await chainlits_own(sid, environ, auth)
        if session := WebsocketSession.get(sid):
            extensions = environ["asgi.scope"].get("extensions") or {}
            session.emit = PageSocket(sio, sid, extensions.get(WRITE_NOW, {}).get("text"))
        return accepted

    sio.on("connect", connect)
