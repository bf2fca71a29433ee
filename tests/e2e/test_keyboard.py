"""The page with the keyboard alone."""

from __future__ import annotations

import pytest

from tests.fakes.browser import Tab

MOST_TABS = 200  # past a long sidebar
FOCUSED = "() => document.activeElement.ariaLabel ?? document.activeElement.textContent"


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
