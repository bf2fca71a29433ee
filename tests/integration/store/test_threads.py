"""The sidebar, and a thread opened: to its owner alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend.errors import NotFoundError
from backend.store.records import Feedback, Owner, Question, ThreadPage
from backend.store.store import Store
from tests.integration.store.conftest import NewStore
from tests.integration.store.world import NOON, Talk, WallClock, new_id


def names(page: ThreadPage) -> list[str | None]:
    return [thread.name for thread in page.threads]


async def named_threads(store: Store, owner: Owner, *thread_names: str) -> list[Talk]:
    talks = []
    for name in thread_names:
        talks.append(Talk(store, owner))
        await talks[-1].turn(name=name)
    return talks


async def test_an_owner_is_the_same_whenever_named(store: Store, owner: Owner) -> None:
    assert await store.owners.named("ada") == owner
    assert (await store.owners.named("Ada")).id != owner.id


async def test_a_new_thread_has_a_name_metadata_and_its_times(
    store: Store, owner: Owner, wall_clock: WallClock
) -> None:
    thread_id, metadata = new_id(), {"profile": "code", "settings": {"stop": ["a", None, 1.5]}}
    writing = await store.turns.ask(
        owner, thread_id, Question(new_id(), "hello"), new_id(), name="A talk", metadata=metadata
    )
    await writing.end("hi", "completed")
    wall_clock.move(minutes=5)
    await store.turns.ask(
        owner, thread_id, Question(new_id(), "more"), new_id(), name="ignored", metadata={"a": 1}
    )

    (thread,) = (await store.threads.page(owner)).threads
    assert (thread.id, thread.name, thread.metadata) == (thread_id, "A talk", metadata)
    assert (thread.created_at, thread.updated_at) == (NOON, NOON + timedelta(minutes=5))


async def test_times_come_back_in_utc_whatever_zone_they_went_in(
    url: str, new_store: NewStore
) -> None:
    in_shanghai = datetime(2026, 5, 1, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    store = new_store(url, now=lambda: in_shanghai)
    talk = Talk(store, await store.owners.named("ada"))
    await talk.turn()

    thread = await talk.open()
    assert thread.created_at == NOON
    assert thread.created_at.tzinfo is UTC
    assert thread.entries[0].created_at.tzinfo is UTC


async def test_pages_follow_each_other_with_no_thread_twice_and_none_left_out(
    store: Store, owner: Owner, stranger: Owner
) -> None:
    await named_threads(store, owner, *(f"thread {number}" for number in range(7)))
    await named_threads(store, stranger, "not mine")

    first = await store.threads.page(owner, limit=3)
    second = await store.threads.page(owner, limit=3, cursor=first.next_cursor)
    third = await store.threads.page(owner, limit=3, cursor=second.next_cursor)

    assert names(first) + names(second) + names(third) == [
        f"thread {number}" for number in reversed(range(7))
    ]
    assert third.next_cursor is None


async def test_a_page_that_is_just_full_and_the_last_has_no_cursor(
    store: Store, owner: Owner
) -> None:
    await named_threads(store, owner, "one", "two")
    assert (await store.threads.page(owner, limit=2)).next_cursor is None


@pytest.mark.parametrize(("limit", "num_threads"), [(-1, 1), (0, 1), (2, 2), (10**12, 3)])
async def test_a_page_is_never_empty_or_endless(
    store: Store, owner: Owner, limit: int, num_threads: int
) -> None:
    await named_threads(store, owner, "one", "two", "three")
    assert len((await store.threads.page(owner, limit=limit)).threads) == num_threads


async def test_the_last_active_thread_comes_first_also_when_the_clock_goes_backwards(
    store: Store, owner: Owner, wall_clock: WallClock
) -> None:
    first, _, _ = await named_threads(store, owner, "first", "second", "third")
    wall_clock.move(days=-1)
    await first.turn()
    assert names(await store.threads.page(owner)) == ["first", "third", "second"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("garden", ["The Garden"]),
        ("ROSES", ["The Garden"]),
        ("100%", ["A discount"]),
        ("%", ["A discount"]),
        ("_", []),
        ("äpfel", ["Äpfel"]),
        ("ÄPFEL", ["Äpfel"]),
        ("人工", ["人工智能"]),
        ("  ", ["人工智能", "Äpfel", "A discount", "The Garden"]),
        ("nothing of the sort", []),
    ],
)
async def test_a_search_finds_names_and_messages(
    store: Store, owner: Owner, search: str, found: list[str]
) -> None:
    for name, question in [
        ("The Garden", "when do roses flower?"),
        ("A discount", "what is 100% of 5?"),
        ("Äpfel", "?"),
        ("人工智能", "?"),
    ]:
        await Talk(store, owner).turn(question, name=name)

    assert names(await store.threads.page(owner, search=search)) == found


async def test_a_search_finds_replies_and_goes_on_over_pages(store: Store, owner: Owner) -> None:
    for number in range(5):
        reply = "tulips" if number % 2 == 0 else "roses"
        await Talk(store, owner).turn(reply=reply, name=str(number))

    first = await store.threads.page(owner, search="tulip", limit=2)
    second = await store.threads.page(owner, search="tulip", limit=2, cursor=first.next_cursor)
    assert names(first) + names(second) == ["4", "2", "0"]


async def test_threads_can_be_had_by_their_thumbs(store: Store, owner: Owner) -> None:
    for name, thumb_up in [("liked", True), ("disliked", False), ("unrated", None)]:
        reply_id = await Talk(store, owner).turn(name=name)
        if thumb_up is not None:
            await store.feedback.give(owner, reply_id, Feedback(thumb_up, None))

    assert names(await store.threads.page(owner, thumb_up=True)) == ["liked"]
    assert names(await store.threads.page(owner, thumb_up=False)) == ["disliked"]


async def test_a_thread_is_renamed_and_described(store: Store, talk: Talk) -> None:
    await talk.turn(name="before")
    await store.threads.rename(talk.owner, talk.id, "after")
    await store.threads.describe(talk.owner, talk.id, {"profile": "translation"})

    thread = await talk.open()
    assert (thread.name, thread.metadata) == ("after", {"profile": "translation"})


async def test_metadata_hold_any_text(store: Store, talk: Talk) -> None:
    await talk.turn()
    odd = {"system_prompt": "nul \x00, half \ud83d, 你好 😀", "deep": [{"a": None}]}
    await store.threads.describe(talk.owner, talk.id, odd)
    assert (await talk.open()).metadata == odd


async def test_a_deleted_thread_is_gone_with_all_that_belongs_to_it(
    store: Store, owner: Owner
) -> None:
    doomed, kept = await named_threads(store, owner, "doomed", "kept")
    rated = await doomed.turn()
    await store.feedback.give(owner, rated, Feedback(True, "good"))
    token = await store.shares.make(owner, doomed.id)

    await store.threads.delete(owner, doomed.id)

    assert names(await store.threads.page(owner)) == ["kept"]
    with pytest.raises(NotFoundError):
        await store.shares.open(token)
    with pytest.raises(NotFoundError):
        await store.feedback.give(owner, rated, Feedback(False, None))
    assert len((await kept.open()).entries) == 2


async def test_all_threads_are_deleted_but_those_of_others(
    store: Store, owner: Owner, stranger: Owner
) -> None:
    await named_threads(store, owner, "one", "two")
    await named_threads(store, stranger, "theirs")

    assert await store.threads.count(owner) == 2
    assert await store.threads.delete_all(owner) == 2
    assert await store.threads.count(owner) == 0

    assert names(await store.threads.page(owner)) == []
    assert names(await store.threads.page(stranger)) == ["theirs"]


async def test_an_export_has_every_thread_once(store: Store, owner: Owner) -> None:
    await named_threads(store, owner, *(f"thread {number}" for number in range(23)))
    exported = [thread async for thread in store.threads.all(owner)]
    assert len({thread.id for thread in exported}) == 23
    assert all(len(thread.entries) == 2 for thread in exported)


@pytest.mark.parametrize("cursor", ["", "x", "-1.x", "1; DROP TABLE thread", "9" * 40])
async def test_a_cursor_that_is_none_of_ours_is_not_found(
    store: Store, owner: Owner, cursor: str
) -> None:
    with pytest.raises(NotFoundError):
        await store.threads.page(owner, cursor=cursor)
