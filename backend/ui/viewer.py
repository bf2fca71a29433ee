"""Who shows a thread, and what they are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.chat.conversation import Entry
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnResult
from backend.errors import StoreError
from backend.llm.retry import Retry


class Viewer(Protocol):
    """A page that shows the thread."""

    @property
    def is_here(self) -> bool:
        """Whether its socket is connected; what it misses is shown to it when it is back."""

    def missed(self) -> None:
        """Something changed while it was not here."""

    async def took_away(self, entries: Sequence[Entry]) -> None:
        """These entries are no more."""

    async def asked(self, question: Entry) -> None:
        """A question is there, or has another text."""

    async def began(self, reply: Entry, log: ReplyLog) -> None:
        """A reply is written, or written on."""

    async def retrying(self, retry: Retry) -> None:
        """The engine is asked again."""

    async def written(self) -> None:
        """All text of the reply is in its log."""

    async def ended(self, result: TurnResult, not_stored: StoreError | None) -> None:
        """The reply has ended."""

    async def show_all(self) -> None:
        """The whole conversation may be another one."""

    async def lock(self) -> None:
        """The composer may have to be locked, or freed."""


@dataclass(frozen=True, slots=True)
class Running:
    """A reply that is being written now."""

    reply: Entry
    log: ReplyLog
    retry: Retry | None = None
