"""The context's meter stands beside the composer and follows each turn."""

from __future__ import annotations

from tests.fakes.browser import Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import Usage, says

METER = "#warmline-meter"


async def ask(page: Tab, question: str) -> None:
    await page.write(question)
    await page.opens()
    await page.send()


async def test_it_follows_each_turn_and_is_read_as_a_sentence(
    page: Tab, engine: FakeEngine
) -> None:
    assert not await page.page.is_visible(METER)
    engine.enqueue(says("One two three", usage=Usage(prompt_tokens=1000)), to="Apples?")
    engine.enqueue(says("One two", usage=Usage(prompt_tokens=3600)), to="Pears?")
    await ask(page, "Apples?")
    await page.page.wait_for_selector(f"{METER} >> text=1,003 / 4,096")
    await ask(page, "Pears?")
    await page.page.wait_for_selector(f"{METER} >> text=3,602 / 4,096")
    meter = page.page.get_by_role("meter", name="Context")
    assert await meter.get_attribute("aria-valuenow") == "88"
    assert str(await meter.get_attribute("aria-valuetext")).startswith("3,602 of 4,096 tokens")
    assert page.errors == []
