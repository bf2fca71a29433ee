"""Questions and replies: committed, in order, each once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from backend.errors import AlreadyStoredError, NotFoundError, TurnRunningError
from backend.store.journal import Writing
from backend.store.records import Owner, Question
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.world import Growing, Talk, Ticks, WallClock, new_id, running


async def test_a_question_is_committed_when_ask_returns(
    url: str, new_store: NewStore, talk: Talk
) -> None:
    await talk.ask("is it there?")

    as_another_process_sees_it = Talk(new_store(url), talk.owner)
    as_another_process_sees_it.id = talk.id
    question, reply = (await as_another_process_sees_it.open()).entries
    assert (question.role, question.text, question.outcome) == ("user", "is it there?", None)
    assert (reply.role, reply.text, reply.outcome) == ("assistant", "", "writing")


async def test_a_reply_ends_with_its_text_its_outcome_and_its_numbers(talk: Talk) -> None:
    writing = await talk.ask()
    await writing.end("42", "completed", {"output_tokens": 2, "ttft_seconds": 0.25, "rate": None})

    reply = (await talk.open()).entries[-1]
    assert (reply.text, reply.outcome) == ("42", "completed")
    assert reply.numbers == {"output_tokens": 2, "ttft_seconds": 0.25, "rate": None}


async def test_entries_keep_their_order_when_the_clock_goes_backwards(
    talk: Talk, wall_clock: WallClock
) -> None:
    for number in range(4):
        await talk.turn(f"question {number}", f"answer {number}")
        wall_clock.move(hours=-1)

    entries = (await talk.open()).entries
    assert [entry.position for entry in entries] == list(range(8))
    assert [entry.text for entry in entries[::2]] == [f"question {number}" for number in range(4)]


async def test_an_edited_question_loses_what_followed_it(talk: Talk) -> None:
    await talk.turn("first", "one")
    await talk.turn("second", "two")
    await talk.turn("third", "three")
    second = (await talk.open()).entries[2]

    writing = await talk.store.turns.ask_again(
        talk.owner, talk.id, second.id, new_id(), text="second, edited"
    )
    await writing.end("another two", "completed")

    assert await talk.texts() == ["first", "one", "second, edited", "another two"]


async def test_a_question_asked_again_keeps_its_text(talk: Talk) -> None:
    await talk.turn("a question", "a bad answer")
    question = (await talk.open()).entries[0]

    writing = await talk.store.turns.ask_again(talk.owner, talk.id, question.id, new_id())
    await writing.end("a better one", "completed")

    assert await talk.texts() == ["a question", "a better one"]


async def test_a_reply_goes_on_from_its_text(talk: Talk) -> None:
    writing = await talk.ask()
    await writing.end("half a ", "interrupted")

    writing = await talk.store.turns.go_on(talk.owner, talk.id, writing.reply_id)
    reply = (await talk.open()).entries[-1]
    assert (reply.text, reply.outcome) == ("half a ", "writing")

    await writing.end("half a sentence", "completed")
    reply = (await talk.open()).entries[-1]
    assert (reply.text, reply.outcome) == ("half a sentence", "completed")


async def test_only_the_last_reply_goes_on(talk: Talk) -> None:
    older = await talk.turn()
    await talk.turn()

    with pytest.raises(NotFoundError):
        await talk.store.turns.go_on(talk.owner, talk.id, older)


async def test_a_turn_that_is_taken_back_has_never_been(talk: Talk) -> None:
    await talk.turn("short", "answer")
    writing = await talk.ask("too long for the model")
    await talk.store.turns.take_back(talk.owner, talk.id, writing)
    assert await talk.texts() == ["short", "answer"]


async def test_a_thread_whose_only_turn_is_taken_back_is_gone(talk: Talk) -> None:
    writing = await talk.ask("too long for the model")
    await talk.store.turns.take_back(talk.owner, talk.id, writing)
    with pytest.raises(NotFoundError):
        await talk.open()


async def test_of_two_tabs_that_ask_in_one_thread_at_once_one_is_refused(talk: Talk) -> None:
    await talk.turn()
    answers = await asyncio.gather(
        *(talk.ask(f"tab {number}") for number in range(8)), return_exceptions=True
    )
    assert sum(isinstance(answer, Writing) for answer in answers) == 1
    assert sum(isinstance(answer, TurnRunningError) for answer in answers) == 7
    assert len((await talk.open()).entries) == 4


async def test_nothing_begins_in_a_thread_whose_reply_is_still_being_written(talk: Talk) -> None:
    writing = await talk.ask()
    question = (await talk.open()).entries[0]
    turns = talk.store.turns

    for begin in (
        turns.ask(talk.owner, talk.id, Question(new_id(), "more"), new_id()),
        turns.ask_again(talk.owner, talk.id, question.id, new_id(), text="edited"),
        turns.go_on(talk.owner, talk.id, writing.reply_id),
    ):
        with pytest.raises(TurnRunningError):
            await begin

    await writing.end("done", "completed")
    await talk.turn()


@pytest.mark.parametrize("which", ["question", "reply"])
async def test_an_id_that_is_taken_is_refused_and_leaves_nothing(
    store: Store, stranger: Owner, talk: Talk, which: str
) -> None:
    writing = await talk.ask("mine")
    await writing.end("and mine", "completed")
    taken = {"question": (await talk.open()).entries[0].id, "reply": writing.reply_id}[which]
    ids = {"question": new_id(), "reply": new_id(), which: taken}

    with pytest.raises(AlreadyStoredError):
        await store.turns.ask(stranger, new_id(), Question(ids["question"], "theirs"), ids["reply"])

    assert await talk.texts() == ["mine", "and mine"]
    assert (await store.threads.page(stranger)).threads == ()


async def test_text_that_no_database_takes_is_stored_without_what_is_wrong_with_it(
    talk: Talk,
) -> None:
    split_emoji, half_an_emoji = "\ud83d\ude00", "\ud83d"
    await talk.turn(f"nul \x00, {split_emoji}", f"half {half_an_emoji}")
    assert await talk.texts() == ["nul \ufffd, 😀", "half \ufffd"]


async def test_a_question_whose_asker_is_cancelled_leaves_no_running_reply(talk: Talk) -> None:
    for num_steps_of_the_loop in range(30):
        asking = asyncio.create_task(talk.ask("never mind"))
        for _ in range(num_steps_of_the_loop):
            await asyncio.sleep(0)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await (await asking).end("too late to be cancelled", "completed")
        await talk.turn()

    outcomes = {entry.outcome for entry in (await talk.open()).entries if entry.role != "user"}
    assert outcomes <= {"completed", "stopped"}


async def test_a_thread_deleted_while_its_reply_grows_disturbs_no_other(
    store: Store, owner: Owner, talk: Talk, ticks: Ticks
) -> None:
    other = Talk(store, owner)
    doomed, healthy = await talk.ask(), await other.ask()
    for writing in (doomed, healthy):
        log = Growing(["text"])
        writing.follow(log.read)

    await store.threads.delete(owner, talk.id)
    async with running(store):
        await ticks.one()
    await doomed.end("text", "completed")

    assert (await other.open()).entries[-1].text == "text"


async def test_who_still_writes_when_the_store_closes_is_waited_for(
    url: str, new_store: NewStore, store: Store, owner: Owner
) -> None:
    talks = [Talk(store, owner) for _ in range(5)]
    asking = [asyncio.create_task(talk.ask()) for talk in talks]
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    await store.close()

    await asyncio.wait(asking)
    stored = (await new_store(url).threads.page(owner)).threads
    begun = [talk.id for talk, task in zip(talks, asking, strict=True) if not task.exception()]
    assert {thread.id for thread in stored} == set(begun)


async def test_a_thousand_turns_created_and_updated_with_no_delay_lose_nothing(
    store: Store, owner: Owner
) -> None:
    talks = [Talk(store, owner) for _ in range(20)]

    async def chat(talk: Talk) -> None:
        for number in range(50):
            await talk.turn(f"question {number}", f"answer {number} of {talk.id}")

    await asyncio.gather(*(chat(talk) for talk in talks))

    for talk in talks:
        assert await talk.texts() == [
            text
            for number in range(50)
            for text in (f"question {number}", f"answer {number} of {talk.id}")
        ]
