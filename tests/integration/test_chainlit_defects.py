"""Chainlit's defects that we mend: one test for each file of `backend/ui/defects`.

Each fails without its mend: take one line out of `defects.mend` to see it.
"""

from __future__ import annotations

from pathlib import Path

from backend.ui import defects
from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered, says

COMPLETED = 'warmline_turns_total{outcome="completed"}'
MENDS = {"composer_lock", "edit", "first_button", "first_moment", "reconnect", "stop"}


def test_every_mend_has_its_test_here() -> None:
    folder = Path(defects.__file__).parent
    assert {file.stem for file in folder.glob("*.py")} - {"__init__"} == MENDS
    assert {f"test_{mend}" for mend in MENDS} <= set(globals())


async def test_composer_lock(engine: FakeEngine, person: Person) -> None:
    """Chainlit frees the composer at every return of a page, at a closed gate too."""
    await engine.close()
    await person.sees_gate(open=False)
    await person.lose_network()
    before = len(person.events)
    await person.connect()
    await person.until(lambda: "clear_call_fn" in [e.name for e in person.events[before:]])
    assert "task_end" not in [event.name for event in person.events[before:]]
    assert person.page.loading


async def test_edit(engine: FakeEngine, person: Person) -> None:
    """Chainlit finds messages in a list that is in the wrong order after Stop."""
    engine.enqueue(numbered("word", 500, tokens_per_second=40), says("Short."), to="First")
    question = await person.send("First")
    await person.shows("word.3")
    await person.stop()
    await person.button("retry")
    await person.ask("Second")

    before = len(person.events)
    await person.edit(question, "First, again")
    await person.done(before)
    assert person.page.reply_to(question) == "Short."
    assert person.page.messages("user_message") == ["First, again"]
    assert engine.asked("First, again")[-1].said == ["First, again"]


async def test_stop(engine: FakeEngine, person: Person) -> None:
    """Chainlit says a fixed English sentence, and does not find an edited message's turn."""
    engine.enqueue(says("Short."), numbered("word", 500, tokens_per_second=40), to="First")
    question = await person.send("First")
    await person.shows("Short.")
    await person.edit(question, "First, again")
    await person.shows("word.3")

    await person.stop()
    stopped = await engine.ended(engine.asked("First, again")[0], within_seconds=1)
    assert stopped.outcome == "aborted"
    await person.shows("Stopped. What was written is kept.")
    assert "Task manually stopped." not in person.page.text()


async def test_first_button(engine: FakeEngine, person: Person) -> None:
    """Chainlit names the conversation after the first button that is pressed in it."""
    await person.ask("Where do quokkas live?")
    await person.press("numbers")
    await person.press("regenerate")
    await engine.request("quokkas", number=2)
    names = {thread["id"]: thread["name"] for thread in await person.threads()}
    assert names[person.page.thread_id] == "Where do quokkas live?"


async def test_first_moment(engine: FakeEngine, person: Person) -> None:
    """Chainlit frees a page that is connected, and speaks to it only when it has spoken."""
    await engine.close()
    await person.sees_gate(open=False)
    await person.lose_network()
    before = len(person.events)
    await person.connect(says_so=False)
    await person.hears("task_start", since=before)
    assert "window_message" in [event.name for event in person.events[before:]]


async def test_reconnect(chat: Product, engine: FakeEngine, person: Person) -> None:
    """Chainlit shows a page nothing of what it missed."""
    num_completed = await chat.metric(COMPLETED)
    engine.enqueue(numbered("word", 30, tokens_per_second=60), to="Count")
    await person.send("Count")
    await person.shows("word.3")
    await person.lose_network()
    await chat.counts(COMPLETED, num_completed + 1)

    await person.connect()
    await person.shows("word.28 word.29")
    assert (await person.button("regenerate"))["label"] == "Regenerate"
