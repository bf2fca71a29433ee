"""The judge of a chaos run finds what it is there for."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from backend.store.records import Role, StoredEntry, Thread
from tests.chaos import verdict
from tests.chaos.talker import Sent, Talker
from tests.fakes.page_state import PageState

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def entry(entry_id: str, role: Role, text: str, outcome: str | None = None) -> StoredEntry:
    return StoredEntry(
        id=entry_id,
        position=0,
        role=role,
        text=text,
        outcome=outcome,
        numbers=None,
        feedback=None,
        created_at=NOON,
    )


def thread(*entries: StoredEntry) -> Thread:
    return Thread(id="t", name="t", metadata={}, created_at=NOON, updated_at=NOON, entries=entries)


ASKED = entry("q", "user", "p0 1")
ANSWERED = entry("a", "assistant", "Yes.", "completed")


def talker(*, was_shown_as_sent: bool = True) -> Talker:
    one = Talker("p0", "http://127.0.0.1:1", random.Random(1))
    one.sent["q"] = Sent("p0 1", {"p0 1"}, was_shown_as_sent=was_shown_as_sent)
    return one


def test_a_run_in_which_all_is_well_has_nothing_wrong() -> None:
    threads = [thread(ASKED, ANSWERED)]
    assert verdict.of_messages(talker(), threads) == []
    assert verdict.of_threads(["p0"], threads) == []


def test_a_message_that_was_shown_as_sent_and_is_not_stored_is_lost() -> None:
    assert verdict.of_messages(talker(), []) == ["lost: 'p0 1', which was shown as sent"]
    assert verdict.of_messages(talker(was_shown_as_sent=False), []) == []


def test_a_message_that_is_stored_twice_is_found() -> None:
    assert "stored 2 times" in verdict.of_messages(talker(), [thread(ASKED, ASKED)])[0]


def test_another_one_s_message_in_a_thread_is_found() -> None:
    other = entry("q2", "user", "p1 1")
    (wrong,) = verdict.of_threads(["p0", "p1"], [thread(ASKED, ANSWERED, other, ANSWERED)])
    assert wrong.startswith("mixed")


def test_a_reply_that_never_ended_is_found() -> None:
    (wrong,) = verdict.of_threads(["p0"], [thread(ASKED, entry("a", "assistant", "", "writing"))])
    assert wrong.startswith("never ended")


def test_a_page_that_shows_something_else_is_found() -> None:
    page = PageState(thread_id="t", steps={"q": {"output": "p0 1"}, "a": {"output": "No."}})
    assert len(verdict.of_page(talker(), page, [thread(ASKED, ANSWERED)])) == 1
    page.steps["a"]["output"] = "Yes."
    assert verdict.of_page(talker(), page, [thread(ASKED, ANSWERED)]) == []
