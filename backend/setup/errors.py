"""What keeps set-up from going on, in words for the person at the terminal and in the page."""

from __future__ import annotations


class SetupError(Exception):
    """Set-up cannot go on.

    Args:
        kind: stable and snake case, for the page.
        message: what is wrong, one sentence.
        advice: what to do about it, one sentence or none.
    """

    def __init__(self, kind: str, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.kind = kind
        self.message = message
        self.advice = advice
