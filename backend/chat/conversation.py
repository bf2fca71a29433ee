"""One conversation, in memory: what was said, in order, and what became of each reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.title import title_of


@dataclass(slots=True)
class Entry:
    """One message. `outcome` and `numbers` are a reply's, `None` while it is being written."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    outcome: Outcome | None = None
    numbers: ReplyNumbers | None = None


@dataclass(slots=True)
class Conversation:
    """Entries in order.

    `num_dropped` counts the oldest entries that prompts leave out since the context is full; it
    grows in large steps, because every change of the prefix throws the engine's prefix cache away.
    """

    entries: list[Entry] = field(default_factory=list)
    num_dropped: int = 0

    @property
    def last_id(self) -> str:
        """The id of the last entry, empty if there is none."""
        return self.entries[-1].id if self.entries else ""

    @property
    def name(self) -> str:
        """What it is called where nobody names it."""
        return title_of(self.entries[0].text) if self.entries else ""

    def find(self, entry_id: str) -> int | None:
        """The position of an entry, `None` if there is none of that id."""
        for index, entry in enumerate(self.entries):
            if entry.id == entry_id:
                return index
        return None

    def ask(self, entry_id: str, text: str) -> Entry:
        """Add a question."""
        return self._add(Entry(id=entry_id, role="user", text=text))

    def answer(self, entry_id: str) -> Entry:
        """Add an empty reply, to be written."""
        return self._add(Entry(id=entry_id, role="assistant", text=""))

    def copy(self) -> Conversation:
        """The same entries, to be added to."""
        return Conversation(list(self.entries), self.num_dropped)

    def before(self, entry_id: str) -> Conversation:
        """The entries before one, all where there is none of that id."""
        index = self.find(entry_id)
        if index is None:
            return self.copy()
        return Conversation(self.entries[:index], min(self.num_dropped, index))

    def question_before(self, entry_id: str) -> Entry | None:
        """The last question before an entry."""
        index = self.find(entry_id)
        for entry in reversed(self.entries[: index or 0]):
            if entry.role == "user":
                return entry
        return None

    def _add(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry
