"""A socket that drops across the end of a reply truncates it for good.

Chainlit neither repeats what a page missed nor has a hook for its return. Here a page whose
session is restored is shown the last reply again, or all text so far of a running one; every page
that connects is shown the gate. A page that asks for a thread is shown it by us as well: Chainlit
would make an object of each message (1 ms each, the whole process asleep), and does not know of
replies that are being written. What was sent as the connection broke is gone without a word, though
the page shows it: the page's script asks whether it came (`public/page/sent.js`).
"""

from __future__ import annotations

from chainlit.server import sio
from chainlit.session import WebsocketSession

from backend.ui.gate_card import GateCard
from backend.ui.page import Page
from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions, card: GateCard) -> None:
    """Wrap the handler of the page's `connection_successful`."""
    chainlits_own = sio.handlers["/"]["connection_successful"]

    async def connection_successful(sid: str) -> None:
        session = WebsocketSession.get(sid)
        if session is None:
            return
        wanted, session.thread_id_to_resume = session.thread_id_to_resume, None
        if wanted:
            sessions.of(session).asks_for_thread()
        await chainlits_own(sid)
        sessions.came(session)
        await card.show(Page(session), sessions.of(session))
        sessions.of(session).show_line()
        if wanted:
            await sessions.of(session).resume()
        elif session.restored:
            await sessions.of(session).page_returned()
        await Page(session).tell_script("back", {})

    sio.on("connection_successful", connection_successful)
