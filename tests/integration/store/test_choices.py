"""A person's settings: kept for each profile, in both databases."""

from __future__ import annotations

from backend.store.choices import KNOWN_FOR_SECONDS, ChoiceBook
from backend.store.records import Owner
from backend.store.store import Store
from tests.integration.store.conftest import NewStore

CHOSEN = {"temperature": 0.0, "stop": ["完"], "system_prompt": "你好 😀"}


async def test_they_are_there_after_a_restart(
    store: Store, owner: Owner, new_store: NewStore, url: str
) -> None:
    await store.choices.keep(owner, "code", CHOSEN)
    assert await new_store(url).choices.of(owner, "code") == CHOSEN


async def test_later_ones_take_the_place_of_the_ones_before(store: Store, owner: Owner) -> None:
    await store.choices.keep(owner, "code", CHOSEN)
    await store.choices.keep(owner, "code", {"seed": 1})
    assert await store.choices.of(owner, "code") == {"seed": 1}


async def test_each_profile_and_each_person_has_their_own(
    store: Store, owner: Owner, stranger: Owner
) -> None:
    await store.choices.keep(owner, "code", CHOSEN)
    assert await store.choices.of(owner, "chat") == {}
    assert await store.choices.of(stranger, "code") == {}


async def test_what_is_forgotten_is_nothing_chosen(
    store: Store, owner: Owner, new_store: NewStore, url: str
) -> None:
    await store.choices.keep(owner, "code", CHOSEN)
    await store.choices.forget(owner, "code")
    assert await store.choices.of(owner, "code") == {}
    assert await new_store(url).choices.of(owner, "code") == {}


async def test_what_another_process_stores_is_seen_after_a_few_seconds(
    store: Store, owner: Owner, new_store: NewStore, url: str
) -> None:
    now = 1000.0
    other = new_store(url)
    await other.open()
    book = ChoiceBook(store._database, clock=lambda: now)
    assert await book.of(owner, "code") == {}
    await other.choices.keep(owner, "code", CHOSEN)
    assert await book.of(owner, "code") == {}  # no turn waits for the database each time
    now += KNOWN_FOR_SECONDS + 1
    assert await book.of(owner, "code") == CHOSEN
