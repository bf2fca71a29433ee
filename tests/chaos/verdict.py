"""What must hold when all is over: nothing lost, nothing mixed, nobody stuck, no request left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from backend.store.records import StoredEntry, Thread
from tests.chaos.talker import Talker
from tests.fakes.page_state import PageState


def of_messages(talker: Talker, threads: Sequence[Thread]) -> list[str]:
    """What is wrong with what is stored of a person's messages."""
    stored = [entry for thread in threads for entry in thread.entries if entry.role == "user"]
    times = Counter(entry.id for entry in stored)
    texts = {entry.id: entry.text for entry in stored}
    wrong = []
    for message_id, sent in talker.sent.items():
        if sent.was_shown_as_sent and not sent.may_be_gone and not times[message_id]:
            wrong.append(f"lost: {sent.text!r}, which was shown as sent")
        if times[message_id] > 1:
            wrong.append(f"stored {times[message_id]} times: {sent.text!r}")
        if message_id in texts and texts[message_id] not in sent.may_be:
            wrong.append(f"changed: {sent.text!r} is {texts[message_id]!r}")
    return wrong


def of_threads(names: Sequence[str], threads: Sequence[Thread]) -> list[str]:
    """What is wrong with the threads themselves."""
    wrong = []
    for thread in threads:
        roles = [entry.role for entry in thread.entries]
        if roles != ["user", "assistant"] * (len(roles) // 2):
            wrong.append(f"out of order: {thread.name!r}: {roles}")
        writing = [entry.id for entry in thread.entries if entry.outcome == "writing"]
        if writing:
            wrong.append(f"never ended: {thread.name!r}: {writing}")
        owners = {name_of(entry) for entry in thread.entries if entry.role == "user"}
        if len(owners) != 1 or not owners <= set(names):
            wrong.append(f"mixed: {thread.name!r} holds messages of {sorted(owners)}")
    return wrong


def of_page(talker: Talker, page: PageState, threads: Sequence[Thread]) -> list[str]:
    """What a reloaded page shows otherwise than it is stored."""
    thread = next((thread for thread in threads if thread.id == page.thread_id), None)
    if thread is None:
        return [f"no thread of {talker.name}"]
    stored = [(e.id, e.text) for e in thread.entries if e.text]
    notes = (".frame", ".note")
    shown = [(i, s.get("output")) for i, s in page.steps.items() if not i.endswith(notes)]
    return [] if shown == stored else [f"{talker.name} sees {shown} of {stored}"]


def name_of(entry: StoredEntry) -> str:
    """Whose message it is: the first word of each."""
    return entry.text.partition(" ")[0]
