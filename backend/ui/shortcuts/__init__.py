"""What Chainlit and its socket do at a high cost, done with the same effect at a low one.

Each file says what it replaces and what that cost, in CPU time on two cores of a server;
`python -m backend.bench.frontend` measures the whole.
"""

from __future__ import annotations

from backend.ui.sessions import ChatSessions
from backend.ui.shortcuts import emit, message, writer


def take(sessions: ChatSessions) -> None:
    """Take them all, before the first page connects."""
    emit.take()
    message.take(sessions)
    writer.take()
