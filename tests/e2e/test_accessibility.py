"""Every state of the page, looked at by axe-core, and walked through with the keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.stack import Stack, running_stack
from tests.gallery.looks import Look, visit
from tests.gallery.scenes import SCENES

LOOKS = (Look("en", "light"), Look("zh-CN", "dark", is_phone=True))
MOST_TABS = 40
FOCUSED = "() => document.activeElement.ariaLabel ?? document.activeElement.textContent"
BAD = {"serious", "critical"}


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    data_dir = tmp_path_factory.mktemp("data")
    async with running_stack(data_dir, engine_is_open=False, has_launcher=True) as stack:
        yield stack


async def violations(tab: Tab) -> list[str]:
    """What axe-core finds to be serious or critical, each with where it is."""
    found = await Axe().run(tab.page)
    return [
        f"{violation['id']}: {node['html'][:200]} ({'; '.join(node['target'])})"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if violation["impact"] in BAD
    ]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
async def test_axe_finds_nothing_serious_in_any_state(
    look: Look, stack: Stack, browser: RunningBrowser
) -> None:
    found: list[str] = []
    async with visit(browser, stack.chat.url, look) as visitor:
        for scene in SCENES:
            await scene.stage(stack)
            await scene.play(visitor)
            found += [f"{scene.name}: {bad}" for bad in await violations(visitor.tab)]
    assert not found, "\n".join(found)


async def test_a_keyboard_alone_asks_reads_and_reaches_the_buttons(page: Tab) -> None:
    await page.page.keyboard.press("Escape")  # the composer has the focus: from here on by keys
    await page.page.evaluate("document.activeElement.blur()")
    await reach(page, "Your message")
    await page.page.keyboard.type("Hello")
    await page.opens()
    await page.page.keyboard.press("Enter")
    await page.shows("Regenerate")

    await page.page.evaluate("document.activeElement.blur()")
    for name in ("Copy", "Helpful", "Regenerate", "Your message"):
        await reach(page, name)


async def test_a_conversation_of_the_sidebar_is_deleted_with_the_keyboard(page: Tab) -> None:
    await page.write("Hello")
    await page.opens()
    await page.send()
    await page.shows("Regenerate")
    await reach(page, "More about this conversation")
    await page.page.keyboard.press("Enter")
    await page.page.wait_for_selector("#delete-thread")


async def reach(tab: Tab, name: str) -> None:
    """Press Tab until what has this name, or says it, has the focus."""
    seen: list[str] = []
    for _ in range(MOST_TABS):
        await tab.page.keyboard.press("Tab")
        seen.append(str(await tab.page.evaluate(FOCUSED)))
        if name in seen[-1]:
            return
    pytest.fail(f"{name} is not reached: {seen}")
