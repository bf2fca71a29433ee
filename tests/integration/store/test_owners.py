"""What is an owner's: feedback, links, and everything that strangers do not find."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from backend.errors import NotFoundError
from backend.store.records import Feedback, Owner
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.world import Talk, new_id


async def test_feedback_is_replaced_and_taken_back(store: Store, talk: Talk) -> None:
    reply_id = await talk.turn()
    await store.feedback.give(talk.owner, reply_id, Feedback(True, "good"))
    await store.feedback.give(talk.owner, reply_id, Feedback(False, None))
    assert (await talk.open()).entries[-1].feedback == Feedback(False, None)

    await store.feedback.take_back(talk.owner, reply_id)
    assert (await talk.open()).entries[-1].feedback is None


async def test_a_question_takes_no_feedback(store: Store, talk: Talk) -> None:
    await talk.turn()
    question = (await talk.open()).entries[0]
    with pytest.raises(NotFoundError):
        await store.feedback.give(talk.owner, question.id, Feedback(True, None))


async def test_whoever_has_a_link_reads_its_thread_until_it_is_revoked(
    store: Store, talk: Talk
) -> None:
    await talk.turn("a question", "an answer", name="shared")
    assert await store.shares.find(talk.owner, talk.id) is None
    token = await store.shares.make(talk.owner, talk.id)
    assert await store.shares.make(talk.owner, talk.id) == token
    assert await store.shares.find(talk.owner, talk.id) == token
    assert await store.shares.open(token) == await talk.open()

    await store.shares.revoke(talk.owner, talk.id)
    assert await store.shares.find(talk.owner, talk.id) is None
    with pytest.raises(NotFoundError):
        await store.shares.open(token)
    assert await store.shares.make(talk.owner, talk.id) != token


Attempt = Callable[[Store, Owner, str, str, str], Awaitable[object]]

ATTEMPTS: dict[str, Attempt] = {
    "open": lambda store, who, thread, _question, _reply: store.threads.open(who, thread),
    "rename": lambda store, who, thread, _question, _reply: store.threads.rename(who, thread, "x"),
    "describe": lambda store, who, thread, _q, _r: store.threads.describe(who, thread, {}),
    "delete": lambda store, who, thread, _question, _reply: store.threads.delete(who, thread),
    "ask again": lambda store, who, thread, question, _reply: store.turns.ask_again(
        who, thread, question, new_id(), text="x"
    ),
    "go on": lambda store, who, thread, _question, reply: store.turns.go_on(who, thread, reply),
    "rate": lambda store, who, _t, _q, reply: store.feedback.give(who, reply, Feedback(True, "")),
    "unrate": lambda store, who, _thread, _q, reply: store.feedback.take_back(who, reply),
    "share": lambda store, who, thread, _question, _reply: store.shares.make(who, thread),
    "find its link": lambda store, who, thread, _q, _r: store.shares.find(who, thread),
    "revoke": lambda store, who, thread, _question, _reply: store.shares.revoke(who, thread),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
async def test_what_is_somebody_elses_is_not_found_and_stays_as_it_is(
    store: Store, stranger: Owner, talk: Talk, attempt: Attempt
) -> None:
    reply_id = await talk.turn(name="mine")
    await store.feedback.give(talk.owner, reply_id, Feedback(False, "bad"))
    token = await store.shares.make(talk.owner, talk.id)
    before = await talk.open()

    with pytest.raises(NotFoundError):
        await attempt(store, stranger, talk.id, before.entries[0].id, reply_id)

    assert await talk.open() == before
    assert await store.shares.open(token) == before


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
async def test_what_does_not_exist_is_not_found(
    store: Store, owner: Owner, attempt: Attempt
) -> None:
    with pytest.raises(NotFoundError):
        await attempt(store, owner, new_id(), new_id(), new_id())


async def test_nobody_asks_in_somebody_elses_thread(
    store: Store, stranger: Owner, talk: Talk
) -> None:
    await talk.turn()
    intruder = Talk(store, stranger)
    intruder.id = talk.id
    with pytest.raises(NotFoundError):
        await intruder.ask()
    assert len(await talk.texts()) == 2


async def test_an_owner_who_is_gone_from_the_database_is_made_again(
    sqlite_url: str, new_store: NewStore
) -> None:
    store = new_store(sqlite_url)
    before = await store.owners.named("ada")
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DELETE FROM owner")

    with pytest.raises(NotFoundError):
        await Talk(store, before).ask()
    after = await store.owners.named("ada")
    assert after.id != before.id
    await Talk(store, after).ask()
