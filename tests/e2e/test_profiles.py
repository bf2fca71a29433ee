"""A person chooses in the page what a chat is for."""

from __future__ import annotations

import pytest

from config.presets import load_presets
from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import numbered

CHOSEN = "#chat-profiles"
STARTERS = "#starters button"
CODE = load_presets().profile("code")


async def choose(tab: Tab, name: str) -> None:
    await tab.page.click(CHOSEN)
    await tab.page.click(f"[data-test='select-item:{name}']")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_a_profile_brings_its_starters_and_its_way_of_asking(
    chat: Product, engine: FakeEngine, browser: RunningBrowser, locale: str
) -> None:
    words = CODE.words(locale)
    async with browser.tab(chat.url, locale=locale) as tab:
        await choose(tab, "code")
        starter = tab.page.locator(STARTERS, has_text=words.starters[1].label)
        await starter.wait_for()
        assert await tab.page.inner_text(CHOSEN) == words.title
        assert await tab.page.locator(STARTERS).count() == len(words.starters)
        await starter.click()
        await tab.shows("Hello from the engine.")
        (request,) = engine.asked(words.starters[1].message)
        assert request.said[0] == words.system_prompt
        assert request.body["temperature"] == CODE.temperature
        assert tab.errors == []


async def test_the_list_stays_open_while_a_reply_is_written(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(numbered("a-rather-long-word", 80, tokens_per_second=20), to="Count")
    await page.write("Count")
    await page.opens()
    await page.send()
    await page.shows("word.2")
    await page.page.click(CHOSEN)
    await page.shows("word.70")
    assert await page.page.locator("[role=listbox]").is_visible()


async def test_a_conversation_that_is_opened_again_shows_its_own_profile(
    page: Tab, engine: FakeEngine, chat: Product
) -> None:
    await choose(page, "code")
    await page.page.wait_for_selector(f"{CHOSEN} >> text=Code")
    await page.write("Write it")
    await page.opens()
    await page.send()
    await page.shows("Regenerate")
    await page.page.wait_for_url("**/thread/*")
    thread = page.page.url

    await page.open(chat.url)
    await page.page.wait_for_selector(f"{CHOSEN} >> text=Chat")
    await page.open(thread)
    await page.page.wait_for_selector(f"{CHOSEN} >> text=Code")
    await page.shows("Hello from the engine.")
    await page.write("And a test")
    await page.opens()
    await page.send()
    request = await engine.request("And a test")
    assert request.said[0] == CODE.words("en").system_prompt
    assert page.errors == []
