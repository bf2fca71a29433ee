"""A person without a browser does and sees what one with a browser would."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.person import Person
from tests.unit.fakes.chat import Chat, running_chat


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    async with running_chat() as chat:
        yield chat


async def test_a_person_asks_and_reads_the_reply(chat: Chat) -> None:
    async with Person(chat.url) as person:
        assert await person.ask("hello") == "You said hello"
        assert person.page.messages("user_message") == ["hello"]
        assert not person.page.loading


async def test_an_edit_takes_what_is_below_off_the_page_and_sends_the_message_again(
    chat: Chat,
) -> None:
    async with Person(chat.url) as person:
        message_id = await person.send("hello")
        await person.shows("You said hello")
        await person.edit(message_id, "hi")
        await person.shows("got edit_message")
        assert person.page.reply_to(message_id) == ""
        event, data = chat.events[-1]
        assert event == "edit_message"
        assert data["message"] == {**data["message"], "id": message_id, "output": "hi"}


async def test_stop_and_buttons_reach_the_chat(chat: Chat) -> None:
    async with Person(chat.url) as person:
        await person.ask("hello")
        await person.stop()
        await person.shows("got stop")
        assert await person.press("retry") == 200
        assert chat.pressed == [{"sessionId": person.session_id, "action": person.page.actions[0]}]


async def test_a_person_comes_back_with_the_same_session(chat: Chat) -> None:
    async with Person(chat.url) as person:
        await person.ask("hello")
        await person.lose_network()
        assert not person.connected
        await person.connect()
        assert await person.ask("again") == "You said again"
        assert chat.sessions == [person.session_id] * 2


async def test_what_the_page_does_not_show_is_told_with_what_it_shows(chat: Chat) -> None:
    async with Person(chat.url) as person:
        await person.ask("hello")
        with pytest.raises(AssertionError, match="You said hello"):
            await person.shows("goodbye", within_seconds=0.05)
