"""A tab of a real Chromium sees a page as a person does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.browser import RunningBrowser, open_browser
from tests.unit.fakes.chat import Chat, running_chat


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    async with running_chat() as chat:
        yield chat


@pytest.fixture
async def browser() -> AsyncIterator[RunningBrowser]:
    async with open_browser() as browser:
        yield browser


async def test_a_draft_is_written_and_sent_in_a_page_that_is_never_reloaded(
    chat: Chat, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url) as tab:
        assert not await tab.is_open()
        await tab.write("hello")
        await tab.opens()
        assert await tab.draft() == "hello"
        await tab.send()
        await tab.shows("hello")
        assert await tab.messages("user_message") == ["hello"]
        assert await tab.draft() == ""
        assert await tab.is_same_document()
        await tab.page.reload()
        assert not await tab.is_same_document()


async def test_requests_greetings_and_errors_are_noted(chat: Chat, browser: RunningBrowser) -> None:
    async with browser.tab(chat.url) as tab:
        assert await tab.outside() == ["https://fonts.example.org/"]
        await tab.page.evaluate("fetch('https://api.example.org/track').catch(() => 0)")
        assert "https://api.example.org/track" in await tab.outside()
        assert "something is wrong" in tab.errors


async def test_a_tab_speaks_its_locale_and_keeps_a_picture_of_a_failure(
    chat: Chat, browser: RunningBrowser, tmp_path: Path
) -> None:
    picture = tmp_path / "failure.png"

    async def fail() -> None:
        async with browser.tab(chat.url, locale="zh-CN", screenshot_on_failure=picture) as tab:
            pytest.fail(await tab.page.evaluate("navigator.language"))

    with pytest.raises(pytest.fail.Exception, match="zh-CN"):
        await fail()
    assert picture.read_bytes().startswith(b"\x89PNG")
