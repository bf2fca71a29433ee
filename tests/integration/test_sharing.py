"""A link lets whoever has it read one conversation, until its owner ends it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import aiohttp

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered, says

GONE = "This link leads to no conversation."


async def read(
    chat: Product, path: str, language: str = "en-US"
) -> tuple[int, str, Mapping[str, str]]:
    """What a stranger sees: another client, without a cookie."""
    headers = {"Accept-Language": language}
    async with aiohttp.ClientSession() as http, http.get(chat.url + path, headers=headers) as page:
        return page.status, await page.text(), page.headers


async def link_of(person: Person) -> str:
    link = await person.ask_server("make_link", "link", thread=person.page.thread_id)
    return str(link["path"])


async def test_a_stranger_reads_what_was_said(
    engine: FakeEngine, person: Person, chat: Product
) -> None:
    engine.enqueue(says("**Very** deep."), to="How deep")
    await person.ask("How deep is the sea?")
    status, html, headers = await read(chat, await link_of(person))
    assert status == 200
    assert "How deep is the sea?" in html
    assert "<strong>Very</strong> deep." in html
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "<script" not in html


async def test_a_link_shows_what_is_said_later_too(
    engine: FakeEngine, person: Person, chat: Product
) -> None:
    await person.ask("First")
    path = await link_of(person)
    engine.enqueue(numbered("w", 500, tokens_per_second=40), to="Second")
    await person.send("Second")
    await person.shows("w.3")
    _, html, _ = await read(chat, path)
    assert "Second" in html
    assert "This reply is still being written." in html
    await person.stop()


async def test_a_conversation_has_one_link(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    thread = person.page.thread_id
    assert (await person.ask_server("link", "link", thread=thread))["path"] is None
    path = await link_of(person)
    assert await link_of(person) == path
    assert (await person.ask_server("link", "link", thread=thread))["path"] == path


async def test_a_link_that_was_ended_leads_nowhere_and_says_so(
    engine: FakeEngine, person: Person, chat: Product
) -> None:
    await person.ask("A secret")
    path = await link_of(person)
    ended = await person.ask_server("end_link", "link", thread=person.page.thread_id)
    assert ended["path"] is None
    status, html, _ = await read(chat, path)
    assert status == 404
    assert GONE in html
    assert "A secret" not in html
    assert await link_of(person) != path


async def test_the_link_of_a_deleted_conversation_leads_nowhere(
    engine: FakeEngine, person: Person, chat: Product
) -> None:
    await person.ask("A secret")
    path = await link_of(person)
    await person.request("DELETE", "/project/thread", {"threadId": person.page.thread_id})
    assert (await read(chat, path))[0] == 404


async def test_what_is_no_link_is_answered_in_the_readers_language(chat: Product) -> None:
    status, html, _ = await read(chat, f"/shared/{uuid.uuid4()}", "zh-HK,zh;q=0.9")
    assert status == 404
    assert "这个链接没有对应的对话" in html


async def test_nobody_shares_what_is_not_theirs(person: Person) -> None:
    await person.ask("Hello")
    await person.post({"warmlineAsks": "make_link", "thread": "no-id"})
    await person.until(lambda: person.page.toasts)
    assert person.page.toasts == ["This conversation does not exist, or it is not yours."]
    assert "link" not in person.page.words


async def test_other_window_messages_are_not_heard(person: Person) -> None:
    words: tuple[object, ...] = (None, "text", 7, [], {"warmlineAsks": 7}, {"warmlineAsks": "no"})
    for word in words:
        await person.post(word)
    assert (await person.ask_server("menu", "menu"))["menu.share"] == "Share a link…"
