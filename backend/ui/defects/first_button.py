"""The first button that is pressed gives the conversation its own name.

Chainlit takes the first press of a page for the conversation's beginning, and renames the thread to
the action: a conversation would be called "numbers" or "regenerate". Here a thread begins with its
first turn, which names it and tells the page; a button begins none.
"""

from __future__ import annotations

from chainlit.emitter import ChainlitEmitter


def mend() -> None:
    """Replace the emitter's `init_thread`."""

    async def init_thread(*_: object) -> None:
        """Nothing."""

    ChainlitEmitter.init_thread = init_thread  # type: ignore[method-assign, assignment]
