"""Several people at once: each has their own replies, and nobody has another's."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered


def words(name: str, num_words: int) -> str:
    return " ".join(f"{name}.{number}" for number in range(num_words))


async def test_two_people_at_once_read_only_their_own_replies(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    engine.enqueue(numbered("alpha", 80, tokens_per_second=80), to="of Alpha")
    engine.enqueue(numbered("omega", 80, tokens_per_second=80), to="of Omega")
    replies = await asyncio.gather(person.ask("of Alpha"), other_person.ask("of Omega"))

    assert list(replies) == [words("alpha", 80), words("omega", 80)]
    assert "omega" not in str([event.data for event in person.events])
    assert "alpha" not in str([event.data for event in other_person.events])
    assert engine.asked("of Alpha")[0].said == ["of Alpha"]
    assert engine.asked("of Omega")[0].said == ["of Omega"]


async def test_a_dozen_people_at_once_each_read_their_own(
    chat: Product, engine: FakeEngine
) -> None:
    names = [f"name{number}x" for number in range(12)]
    async with AsyncExitStack() as on_exit:
        people = [await on_exit.enter_async_context(Person(chat.url)) for _ in names]
        for name in names:
            engine.enqueue(numbered(name, 40, tokens_per_second=40), to=name)
        replies = await asyncio.gather(
            *(person.ask(f"I am {name}") for person, name in zip(people, names, strict=True))
        )
    assert list(replies) == [words(name, 40) for name in names]
    assert max(request.num_running for request in engine.requests) > 6  # they did run at once


async def test_nobody_presses_another_ones_buttons(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    await person.ask("Mine")
    await other_person.ask("Theirs")
    await other_person.act(await person.button("regenerate"))
    await other_person.ask("Theirs again")

    assert len(engine.asked("Mine")) == 1
    assert person.page.messages("assistant_message") == ["Hello from the engine."]
    assert "Mine" not in other_person.page.text()


async def test_an_edit_of_another_ones_message_changes_nothing_of_theirs(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    theirs = await person.send("Mine")
    await person.done(since=0)
    other_person.page.steps[theirs] = dict(person.page.steps[theirs])
    await other_person.edit(theirs, "Changed")
    await other_person.shows("This message is stored already.")

    assert engine.asked("Changed") == []
    await other_person.until(lambda: other_person.page.messages("user_message") == [])
    assert person.page.messages("user_message") == ["Mine"]
    await person.ask("What next?")
    assert engine.asked("What next?")[0].said == ["Mine", "Hello from the engine.", "What next?"]
