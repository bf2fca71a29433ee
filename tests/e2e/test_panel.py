"""The live panel in the header: numbers of now, hidden where a person wants it so."""

from __future__ import annotations

from tests.fakes.browser import Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import numbered

PANEL = "#warmline-panel"


async def says(page: Tab, pattern: str, within_seconds: float = 15.0) -> None:
    found = """pattern => {
        const panel = document.getElementById('warmline-panel');
        return panel && new RegExp(pattern).test(panel.innerText);
    }"""
    await page.page.wait_for_function(found, arg=pattern, timeout=within_seconds * 1000)


async def toggle(page: Tab) -> None:
    await page.page.click("#warmline-menu-button")
    await page.page.click("#warmline-menu >> text=the engine's numbers")


async def test_it_shows_what_the_engine_does_now(page: Tab, engine: FakeEngine) -> None:
    engine.num_waiting = 3
    await says(page, r"waiting 3")
    await says(page, r"KV cache 4 %")
    await says(page, r"prefix hits 61 %")
    engine.enqueue(numbered("w", 400, tokens_per_second=50), to="Count")
    await page.write("Count")
    await page.opens()
    await page.send()
    await says(page, r"[1-9]\d* tok/s")


async def test_nothing_old_is_shown_of_an_engine_that_is_away(
    page: Tab, engine: FakeEngine
) -> None:
    await says(page, r"KV cache 4 %")
    await engine.close()
    await says(page, r"waiting —\s*— tok/s\s*KV cache — %")
    await engine.open()
    await says(page, r"KV cache 4 %", 20)


async def test_it_is_hidden_from_now_on_and_nothing_is_asked_for_it(
    page: Tab, engine: FakeEngine
) -> None:
    await page.page.wait_for_selector(PANEL)
    await toggle(page)
    await page.page.wait_for_selector(PANEL, state="hidden")
    await page.page.reload()
    await page.page.wait_for_selector("#warmline-menu-button")
    engine.num_probes.clear()
    await engine.looked_at(3)
    assert engine.num_probes["/metrics"] == 0
    assert not await page.page.is_visible(PANEL)
    await toggle(page)
    await page.page.wait_for_selector(PANEL)
