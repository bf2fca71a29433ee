"""A conversation as a file that a person keeps: Markdown to be read, JSON to be worked with."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import Any

from backend.chat.graphemes import shorten
from backend.store.records import StoredEntry, Thread

_NAME_WIDTH = 60
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def markdown(thread: Thread) -> str:
    """The thread under its name: who spoke, then the text as it was written.

    A reply that did not end by itself says how it ended.
    """
    parts = [f"# {_line(thread.name or 'Conversation')}", _time(thread.created_at)]
    for entry in thread.entries:
        parts += [f"## {_SPEAKERS[entry.role]}{_how_it_ended(entry)}", entry.text.rstrip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(thread: Thread) -> str:
    """Everything that is stored of the thread, in order."""
    whole = {
        "id": thread.id,
        "name": thread.name,
        "created_at": thread.created_at.isoformat(),
        "updated_at": thread.updated_at.isoformat(),
        "messages": [_message(entry) for entry in thread.entries],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def file_name(thread: Thread, file_format: str) -> str:
    """A name that every file system takes, made of the thread's."""
    kept = "".join(c if _is_for_names(c) else " " for c in thread.name or "")
    short = shorten(" ".join(kept.split()), _NAME_WIDTH).removesuffix("…").rstrip()
    return f"{short or 'conversation'}.{file_format}"


def _is_for_names(character: str) -> bool:
    """Letters with their marks, digits, and what joins words."""
    return unicodedata.category(character)[0] in "LMN" or character in "-_ "


def _message(entry: StoredEntry) -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": entry.id,
        "role": entry.role,
        "content": entry.text,
        "created_at": entry.created_at.isoformat(),
    }
    if entry.role == "assistant":
        message |= {"outcome": entry.outcome, "numbers": entry.numbers}
    if entry.feedback is not None:
        given = entry.feedback
        message["feedback"] = {"thumb_up": given.thumb_up, "comment": given.comment}
    return message


def _how_it_ended(entry: StoredEntry) -> str:
    return "" if entry.outcome in (None, "completed") else f" ({entry.outcome})"


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
