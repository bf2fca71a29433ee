"""The composer opens at the end of any handler.

Chainlit frees the composer (`task_end`) at every reconnect and after every hook, whatever else
goes on: a closed gate would open with a dropped socket. Here the end of a task frees the composer
only if nothing else locks it.
"""

from __future__ import annotations

from typing import Any

from chainlit.emitter import ChainlitEmitter

from backend.ui.sessions import ChatSessions


def mend(sessions: ChatSessions) -> None:
    """Replace the emitter's `task_end`."""

    def task_end(emitter: ChainlitEmitter) -> Any:
        locked = sessions.of(emitter.session).locked
        return emitter.emit("task_start" if locked else "task_end", {})

    ChainlitEmitter.task_end = task_end  # type: ignore[method-assign]
