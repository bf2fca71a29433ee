"""A reply that ends without a finish reason is interrupted: its text stays, marked."""

from __future__ import annotations

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import (
    Done,
    ErrorEvent,
    Finish,
    Hang,
    HangUp,
    Reset,
    Say,
    Step,
    Stream,
    says,
)

INTERRUPTED = "Interrupted: the model stopped before this reply was finished."
ENDINGS: dict[str, tuple[Step, ...]] = {
    "a reset": (Reset(),),
    "a closed connection": (HangUp(),),
    "an error event": (ErrorEvent(500), Done()),
    "a 503 event": (ErrorEvent(503), Done()),
    "no finish reason": (Done(),),
    "nothing at all": (),
    "an aborted reply": (Finish("abort"), Done()),
}


def first_reply(person: Person) -> str:
    return person.page.messages("assistant_message")[0]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_text_stays_and_is_marked_and_nothing_is_tried_again_by_itself(
    ending: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("Once upon a"), *ENDINGS[ending]), says("never"), to="Story")
    shown = await person.ask("Story")

    assert shown.startswith("Once upon a\n")
    assert INTERRUPTED in shown
    assert len(engine.asked("Story")) == 1
    assert (await person.button("continue"))["label"] == "Continue"
    assert (await person.button("retry"))["label"] == "Try again"
    assert "numbers" not in [button["name"] for button in person.page.buttons()]


async def test_continue_goes_on_where_the_text_ends(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(Stream(Say("Once upon a"), Reset()), says(" time."), to="Story")
    await person.ask("Story")

    await person.press("continue")
    await person.until(lambda: first_reply(person) == "Once upon a time.")
    again = engine.asked("Story")[-1]
    assert again.said == ["Story", "Once upon a"]
    assert again.body["continue_final_message"] is True
    assert again.body["add_generation_prompt"] is False
    await person.button("regenerate")
    assert INTERRUPTED not in person.page.text()


async def test_continue_that_is_interrupted_as_well_keeps_all_text(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(
        Stream(Say("One"), Reset()), Stream(Say(" two"), Reset()), says(" three"), to="C"
    )
    await person.ask("C")
    await person.press("continue")
    await person.until(lambda: first_reply(person) == "One two")
    await person.press("continue")
    await person.until(lambda: first_reply(person) == "One two three")


async def test_retry_writes_the_reply_anew(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(Stream(Say("Once upon a"), Reset()), says("A new one."), to="Story")
    question = await person.send("Story")
    await person.press("retry")
    await person.until(lambda: person.page.reply_to(question) == "A new one.")
    assert engine.asked("Story")[-1].said == ["Story"]


async def test_what_was_written_is_part_of_the_conversation(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("Once upon a"), Reset()), to="Story")
    await person.ask("Story")
    await person.ask("Go on")
    assert engine.asked("Go on")[0].said == ["Story", "Once upon a", "Go on"]


async def test_an_engine_that_dies_in_mid_reply_interrupts_it_and_closes_the_gate(
    chat: Product, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Say("Once upon a"), Hang()), to="Story")
    await person.send("Story")
    await person.shows("Once upon a")
    await engine.close()

    await person.shows(INTERRUPTED, within_seconds=2)
    assert first_reply(person) == "Once upon a"
    await person.sees_gate(open=False, within_seconds=3)

    engine.reset()
    engine.enqueue(says(" time."), to="Story")
    await engine.open()
    await person.sees_gate(open=True)
    await person.press("continue")
    await person.until(lambda: first_reply(person) == "Once upon a time.")


async def test_a_chinese_page_reads_of_it_in_chinese(chat: Product, engine: FakeEngine) -> None:
    engine.enqueue(Stream(Say("从前"), Reset()), to="故事")
    async with Person(chat.url, language="zh-CN") as person:
        shown = await person.ask("故事")
        assert "已中断：模型在回复完成之前停止了。" in shown
        labels = [button["label"] for button in person.page.buttons()]
        assert labels == ["继续", "重试"]
