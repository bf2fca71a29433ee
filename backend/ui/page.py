"""One open page: everything that we send to it, in Chainlit's own events.

The page is written to through its session, so that code outside a Chainlit handler (a turn that
outlives its socket, the frame clock, the gate) can write as well. After a reconnect Chainlit puts
the new socket into the same session, so nothing here needs to know.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from chainlit.config import config
from chainlit.session import WebsocketSession

from backend.store.owners import LOCAL_PERSON
from backend.ui.socket import PageSocket
from backend.ui.texts import Language, language_of

Toast = Literal["info", "success", "warning", "error"]
WordKind = Literal[
    "gate",
    "turn",
    "draft",
    "kept",
    "back",
    "composer",
    "numbers",
    "choices",
    "choices_kept",
    "choices_refused",
    "menu",
    "link",
    "count",
    "all_deleted",
    "panel",
    "thread",
    "names",
]


class Button(TypedDict):
    """An action under a message, as Chainlit's page takes it."""

    id: str
    name: str
    payload: dict[str, str]
    label: str
    tooltip: str
    icon: str | None
    forId: str


def now() -> str:
    """This moment, as Chainlit's page takes times (ISO 8601, UTC)."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def button(
    name: str, message_id: str, *, label: str, tooltip: str = "", icon: str | None = None
) -> Button:
    """A button under a message; pressing it calls `app.py`'s callback of that name."""
    return {
        "id": f"{message_id}.{name}",  # the same after a restart: the page may still have it
        "name": name,
        "payload": {"message_id": message_id},
        "label": label,
        "tooltip": tooltip,
        "icon": icon,
        "forId": message_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMessage:
    """A message as it stands in the page; one that is `within` a frame comes and goes with it."""

    id: str
    text: str
    by: Literal["assistant", "user"] = "assistant"
    within: str | None = None
    streaming: bool = False
    is_error: bool = False
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFrame:
    """What Chainlit calls a run: around a reply, it brings the buttons to copy and to rate it."""

    id: str
    thumb_up: bool | None = None
    comment: str | None = None
    created_at: str = ""


PagePart = PageMessage | ReplyFrame


class Page:
    """Writes to one page.

    Args:
        session: Chainlit's session of that page.
    """

    def __init__(self, session: WebsocketSession) -> None:
        self._session = session

    @property
    def language(self) -> Language:
        """The language of its browser."""
        return language_of(self._session.language)

    @property
    def session_id(self) -> str:
        """What tells it from other pages; the same after a reconnect."""
        session_id: str = self._session.id
        return session_id

    @property
    def is_behind(self) -> bool:
        """Whether its socket has not yet taken what it was sent."""
        emit: object = self._session.emit
        return isinstance(emit, PageSocket) and emit.is_behind

    @property
    def person(self) -> str:
        """Who is logged in; the one local person where there is no login."""
        user = self._session.user
        return user.identifier if user is not None else LOCAL_PERSON

    @property
    def thread_id(self) -> str:
        """The thread that the page shows, or will begin with its first message."""
        return self._session.thread_id

    @property
    def profile(self) -> str:
        """The name of the profile that is chosen in it; empty for none. It may be any text."""
        return self._session.chat_profile or ""

    def begin_elsewhere(self) -> None:
        """The thread that it asked for is none: its next message begins a new one."""
        self._session.thread_id = str(uuid.uuid4())

    async def show(self, part: PagePart) -> None:
        """Show a message; one of the same id is replaced."""
        await self._emit("new_message", self._step(part))

    async def show_thread(self, parts: Sequence[PagePart], profile: str) -> None:
        """Show these messages in place of all that is there, and the profile in the header."""
        steps = [self._step(part) for part in parts]
        self._session.chat_profile = profile
        metadata = {"chat_profile": profile}
        thread = {"id": self.thread_id, "steps": steps, "metadata": metadata, "elements": []}
        await self._emit("resume_thread", thread)

    async def thread_begins(self, first_message: str) -> None:
        """Tell the page that its thread is stored: it looks for it in the sidebar, and our script
        gives it an address.
        """
        await self._emit(
            "first_interaction", {"interaction": first_message, "thread_id": self.thread_id}
        )
        await self.tell_script("thread", {"id": self.thread_id})

    async def cannot_resume(self, sentence: str) -> None:
        """Tell the page that the thread it asked for cannot be shown: it goes to a new one."""
        await self._emit("resume_thread_error", sentence)

    async def update(self, message: PageMessage) -> None:
        """Change a message that is there, and nothing otherwise."""
        await self._emit("update_message", self._step(message))

    async def begin(self, message: PageMessage) -> None:
        """Show a message that is being written, with a cursor."""
        await self._emit("stream_start", self._step(message))

    async def write(self, message_id: str, text: str) -> None:
        """Add text to a message that is being written."""
        await self._emit(
            "stream_token", {"id": message_id, "token": text, "isSequence": False, "isInput": False}
        )

    async def remove(self, message_id: str) -> None:
        """Take a message away."""
        await self._emit("delete_message", {"id": message_id})

    async def add_button(self, button: Button) -> None:
        """Put a button under its message."""
        await self._emit("action", button)

    async def remove_button(self, button: Button) -> None:
        """Take a button away."""
        await self._emit("remove_action", button)

    async def toast(self, text: str, kind: Toast = "info") -> None:
        """Show a sentence for a few seconds."""
        await self._emit("toast", {"message": text, "type": kind})

    async def lock(self, locked: bool) -> None:
        """Keep the composer from sending, or let it."""
        await self._emit("task_start" if locked else "task_end", {})

    async def tell_script(self, kind: WordKind, data: object) -> None:
        """Hand data to the page's own scripts (`public/page/server.js`)."""
        await self._emit("window_message", {"warmline": kind, "data": data})

    async def _emit(self, event: str, data: object) -> None:
        emit: Any = self._session.emit
        await emit(event, data)

    def _step(self, part: PagePart) -> dict[str, object]:
        at = part.created_at or now()
        if isinstance(part, ReplyFrame):
            return self._frame(part, at)
        return {
            "id": part.id,
            "threadId": self._session.thread_id,
            "parentId": part.within,
            "createdAt": at,
            "start": at,
            "end": None if part.streaming else at,
            "name": config.ui.name if part.by == "assistant" else "User",
            "type": f"{part.by}_message",
            "input": "",
            "output": part.text,
            "streaming": part.streaming,
            "isError": part.is_error,
            "waitForAnswer": False,
            "metadata": {},
        }

    def _frame(self, part: ReplyFrame, at: str) -> dict[str, object]:
        feedback = None
        if part.thumb_up is not None:
            value = {"value": int(part.thumb_up), "comment": part.comment}
            feedback = {"id": part.id, "forId": part.id, **value}
        return {
            "id": part.id,
            "threadId": self._session.thread_id,
            "parentId": None,
            "createdAt": at,
            "start": at,
            "end": at,
            "name": "on_message",  # the name that its page knows as a frame without a title
            "type": "run",
            "input": "",
            "output": "",
            "metadata": {},
            "feedback": feedback,
        }
