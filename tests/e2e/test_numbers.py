"""All numbers of a reply, in a small window at its line."""

from __future__ import annotations

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import Usage, says

BOX = "#warmline-numbers"
LINE = "button[id$='.numbers']"
FOCUSED = "() => document.activeElement.id"


async def ask(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(says("One", usage=Usage(prompt_tokens=1234, queue_seconds=0.5)), to="Count")
    await page.write("Count")
    await page.opens()
    await page.send()
    await page.page.wait_for_selector(LINE)


async def test_the_keyboard_opens_and_closes_it_and_focus_comes_back(
    page: Tab, engine: FakeEngine
) -> None:
    await ask(page, engine)
    line = page.page.locator(LINE)
    await line.focus()
    await page.page.keyboard.press("Enter")
    box = page.page.get_by_role("dialog", name="This reply's numbers")
    await box.wait_for()
    assert await page.page.evaluate(FOCUSED) == BOX.removeprefix("#")
    text = await box.inner_text()
    assert "1,234 tokens" in text
    assert "Waited in the engine's queue\n0.50 s" in text

    await page.page.keyboard.press("Escape")
    await page.page.wait_for_selector(BOX, state="hidden")
    back = "id => document.activeElement.id === id"
    await page.page.wait_for_function(back, arg=await line.get_attribute("id"))
    assert page.errors == []


async def test_it_stands_at_its_line_inside_the_page_and_a_press_beside_it_closes_it(
    chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url) as phone:
        await phone.page.set_viewport_size({"width": 375, "height": 700})
        await ask(phone, engine)
        await phone.page.click(LINE)
        await phone.page.wait_for_selector(BOX)
        line = await phone.page.locator(LINE).bounding_box()
        box = await phone.page.locator(BOX).bounding_box()
        assert line
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        assert 0 <= box["y"] - (line["y"] + line["height"]) < 20
        await phone.page.mouse.click(5, 400)
        await phone.page.wait_for_selector(BOX, state="hidden")
