"""The page's menu: a link to share, all conversations gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import says
from tests.fakes.stack import running_stack

MENU, ITEMS = "#warmline-menu-button", "#warmline-menu"
LINK = "#warmline-share input"


async def ask(page: Tab, question: str) -> None:
    await page.write(question)
    await page.opens()
    await page.send()
    await page.shows("Regenerate")


async def choose(page: Tab, item: str) -> None:
    await page.page.click(MENU)
    await page.page.click(f"{ITEMS} >> text={item}")


async def test_a_link_is_made_read_by_a_stranger_and_ended(
    page: Tab, engine: FakeEngine, browser: RunningBrowser
) -> None:
    engine.enqueue(says("# Depth\n\n<b>Very</b> deep, $x^2$."), to="How deep")
    await ask(page, "How deep is the sea?")
    await choose(page, "Share a link…")
    await page.press("Make a link")
    url = await page.page.input_value(LINK)
    await page.press("Copy the link")
    await page.shows("Copied")

    stranger = await browser.browser.new_context(locale="zh-CN")
    try:
        reader = await stranger.new_page()
        asked: list[str] = []
        reader.on("request", lambda request: asked.append(request.url))
        await reader.goto(url)
        text = await reader.inner_text("body")
        assert "How deep is the sea?" in text
        assert "<b>Very</b> deep, $x^2$." in text
        assert "这段对话分享给您阅读" in text
        assert await reader.locator("h1", has_text="Depth").count() == 1
        assert {new.split("/")[2] for new in asked} == {url.split("/")[2]}
        assert await stranger.cookies() == []

        await page.press("End the link")
        await page.shows("The link is ended")
        answer = await reader.reload()
        assert answer is not None
        assert answer.status == 404
        assert "可能已被分享者撤销" in await reader.inner_text("body")
    finally:
        await stranger.close()
    await page.page.keyboard.press("Escape")
    await page.page.wait_for_selector("#warmline-share", state="detached")
    assert page.errors == []


async def test_the_menu_is_used_with_the_keyboard_alone(page: Tab, engine: FakeEngine) -> None:
    await ask(page, "Hello")
    await page.page.focus(MENU)
    await page.page.keyboard.press("Enter")
    await page.page.wait_for_selector(f"{ITEMS} .wl-menu-item:focus")
    for _ in range(2):
        await page.page.keyboard.press("Tab")
    await page.page.keyboard.press("Enter")
    await page.page.wait_for_selector("#warmline-share .wl-main:focus")
    await page.page.keyboard.press("Enter")
    await page.page.wait_for_selector(LINK)
    await page.page.keyboard.press("Escape")
    await page.page.wait_for_selector("#warmline-share", state="detached")


async def test_all_conversations_are_deleted_after_one_question(
    browser: RunningBrowser, tmp_path: Path
) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with browser.tab(stack.chat.url, screenshot_on_failure=tmp_path / "no.png") as page:
            await ask(page, "Where do quokkas live?")
            await choose(page, "Delete all conversations…")
            await page.shows("1 in all")
            await page.press("Cancel")
            await page.shows("Where do quokkas live?")
            address = page.page.url
            async with browser.tab(address) as idle, browser.tab(address) as writing:
                for tab in (idle, writing):
                    await tab.shows("Where do quokkas live?")
                await writing.write("A draft")
                await choose(page, "Delete all conversations…")
                await page.press("Delete all")
                await idle.page.wait_for_function("() => !location.pathname.includes('/thread/')")
                await writing.page.wait_for_selector("[data-step-type]", state="detached")
                assert await writing.draft() == "A draft"
            await page.page.wait_for_selector("#starters")
            await page.page.wait_for_function("() => !location.pathname.includes('/thread/')")
            assert "quokkas" not in await page.text()

            await choose(page, "Delete all conversations…")
            await page.shows("There is no conversation to delete.")
            assert page.errors == []


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_serious_in_the_dialogs_and_on_the_shared_page(
    is_dark: bool, chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    engine.enqueue(says("A [link](https://x.example) in text.\n\n> quote\n\n`code`"), to="How")
    found: list[str] = []
    async with browser.tab(chat.url, is_dark=is_dark) as page:
        await ask(page, "How deep is the sea?")
        await page.page.click(MENU)
        found += await violations(page.page)
        await page.page.click(f"{ITEMS} >> text=Share a link…")
        await page.press("Make a link")
        url = await page.page.input_value(LINK)
        found += await violations(page.page)
        await page.press("Close")
        await choose(page, "Delete all conversations…")
        await page.shows("in all")
        found += await violations(page.page)
        for address in (url, f"{url}x"):
            await page.page.goto(address)
            found += await violations(page.page)
    assert found == []


async def violations(page: Page) -> list[str]:
    """What axe-core finds to be serious or critical."""
    results = await Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
        if violation["impact"] in {"serious", "critical"}
    ]
