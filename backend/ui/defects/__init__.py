"""Chainlit's defects that we mend, one file for each; Chainlit is archived, so they are ours.

Each file says what Chainlit does, what a person would see of it, and what we do in its place; each
has a test that fails without it (`tests/integration/test_chainlit_defects.py`).
"""

from __future__ import annotations

from backend.ui.defects import composer_lock, edit, first_button, first_moment, reconnect, stop
from backend.ui.gate_card import GateCard
from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions, card: GateCard) -> None:
    """Put our handlers in the place of Chainlit's, before the first page connects."""
    composer_lock.mend(sessions)
    edit.mend(sessions)
    first_button.mend()
    first_moment.mend(sessions, card)
    stop.mend(sessions)
    reconnect.mend(sessions, card)
