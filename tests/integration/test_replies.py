"""What a reply reads like, and what the engine is asked for it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
import regex

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.replies import Done, Finish, Pause, Say, Stream, Usage, numbered, says

MARKDOWN = (
    "# Title\n\nSome **bold** text, a table and code:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    '```python\nprint("Hello \\"you\\"")\n\n\treturn  \n```\n\n$$x^2$$ <b>not bold</b> \\ 100 % '
)
MANY_BYTES = "Grüße 世界 👩‍👩‍👧‍👦 \u2028 naïve é 🏳️‍🌈 ends"


def reply(person: Person) -> str:
    return person.page.messages("assistant_message")[-1]


@pytest.mark.parametrize("text", [MARKDOWN, MANY_BYTES], ids=["markdown", "many bytes"])
async def test_the_text_is_the_engines_to_the_last_byte(
    text: str, engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says(text, torn=True), to="Say it")
    await person.ask("Say it")
    assert reply(person) == text


async def test_no_piece_is_lost_doubled_or_out_of_order(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(numbered("word", 400, tokens_per_second=800), to="Count")
    await person.ask("Count")
    assert reply(person) == " ".join(f"word.{number}" for number in range(400))


async def test_no_frame_ends_within_what_is_seen_as_one_character(
    engine: FakeEngine, person: Person
) -> None:
    text = "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇨🇳नि" * 6
    slowly = [step for part in text for step in (Say(part), Pause(0.004))]
    engine.enqueue(Stream(*slowly, Finish()), to="Draw")
    await person.ask("Draw")
    frames = [event.data["token"] for event in person.events if event.name == "stream_token"]
    whole = regex.findall(r"\X", text)
    assert len(frames) > 5
    assert [g for frame in frames for g in regex.findall(r"\X", frame)] == whole


async def test_text_is_shown_while_the_engine_still_writes(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("word", 60, tokens_per_second=30), to="Count")
    before = len(person.events)
    await person.send("Count")
    request = await engine.request("Count")
    await person.shows("word.5 ")
    assert request.outcome == "running"
    await person.done(before)

    frames = [event.at for event in person.events if event.name == "stream_token"]
    assert frames[0] - (request.first_token_at or 0) < 0.2
    assert len(frames) > 15
    assert max(after - frame for frame, after in pairwise(frames)) < 0.5


async def test_several_tokens_in_one_event_and_comments_between_change_nothing(
    engine: FakeEngine, person: Person
) -> None:
    script = says(
        "One two three four five", tokens_per_second=20, tokens_per_chunk=2, keep_alive_seconds=0.05
    )
    engine.enqueue(script, to="Count")
    await person.ask("Count")
    assert reply(person) == "One two three four five"


async def test_the_engine_gets_the_whole_conversation_in_order(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("Paris."), to="France")
    await person.ask("Capital of France?")
    await person.ask("And Italy's?")
    [request] = engine.asked("And Italy's?")
    assert request.said == ["Capital of France?", "Paris.", "And Italy's?"]
    assert [message["role"] for message in request.messages] == ["user", "assistant", "user"]


async def test_the_engine_is_asked_for_a_stream_with_usage_and_the_served_model(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("Hello")
    [request] = engine.asked("Hello")
    assert request.body["stream"] is True
    assert request.wants_usage
    assert request.body["model"] == "fake-model"


async def test_a_reply_without_a_word_says_so_and_can_be_tried_again(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(Stream(Finish(), Usage(), Done()), to="Nothing")
    shown = await person.ask("Nothing")
    assert "The model ended its reply without a word." in shown

    await person.press("retry")
    await person.shows("Hello from the engine.")
    assert "without a word" not in person.page.text()


async def test_a_reply_at_its_length_limit_says_so_and_can_be_continued(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("Once upon a", finish_reason="length"), says(" time."), to="Story")
    shown = await person.ask("Story")
    assert "The reply reached its length limit." in shown

    await person.press("continue")
    await person.until(lambda: reply(person) == "Once upon a time.")
    last = engine.asked("Story")[-1]
    assert last.said == ["Story", "Once upon a"]
    assert last.body["continue_final_message"] is True
    assert last.body["add_generation_prompt"] is False


async def test_another_reply_to_the_same_question_replaces_the_first(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("First try."), says("Second try."), to="Joke")
    question = await person.send("Joke")
    await person.shows("First try.")
    await person.until(lambda: not person.page.loading)

    await person.press("regenerate")
    await person.until(lambda: person.page.reply_to(question) == "Second try.")
    assert [request.said for request in engine.asked("Joke")] == [["Joke"], ["Joke"]]


async def test_two_presses_at_once_ask_the_engine_once(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(says("First try."), numbered("again", 30, tokens_per_second=60), to="Joke")
    await person.ask("Joke")
    button = await person.button("regenerate")
    before = len(person.events)
    await asyncio.gather(*(person.act(button) for _ in range(5)))
    await person.done(before)
    assert len(engine.asked("Joke")) == 2
    assert person.page.messages("assistant_message") == [
        " ".join(f"again.{number}" for number in range(30))
    ]


async def test_another_reply_to_an_older_question_takes_all_below_it_away(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("One two", finish_reason="length"), says("Anew."), to="First")
    await person.ask("First")
    again = {**await person.button("continue"), "name": "retry"}
    await person.ask("Second")

    before = len(person.events)
    await person.act(again)
    await person.done(before)

    shown = [step["output"] for step in person.page.steps.values() if step["type"] != "run"]
    assert shown == ["First", "Anew."]
    await person.ask("Third")
    assert engine.asked("Third")[0].said == ["First", "Anew.", "Third"]


async def test_a_reply_too_long_to_continue_stays(engine: FakeEngine, person: Person) -> None:
    full = "word " * 3240  # 4,050 tokens by the fake tokenizer, of 4,096
    engine.enqueue(says(full, finish_reason="length"), to="Story")
    await person.ask("Story")

    await person.press("continue")
    await person.shows("This conversation is too long for the model")
    assert reply_of(person, "Story").startswith(full)
    assert person.page.draft == ""


def reply_of(person: Person, question: str) -> str:
    asked = [i for i, step in person.page.steps.items() if step.get("output") == question]
    return person.page.reply_to(asked[0])
