"""A person's settings in the page: chosen, remembered, reset, and mistakes beside their fields."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fakes.browser import COMPOSER, STOP, RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product

OPENER, DIALOG = "#warmline-choices-button", "#warmline-choices"


def field(name: str) -> str:
    return f"{DIALOG}-{name}"


@pytest_asyncio.fixture(loop_scope="session")
async def page(page: Tab) -> AsyncIterator[Tab]:
    """The page of somebody who has chosen nothing, before and after."""
    await page.page.wait_for_selector(f"{OPENER} >> text=Settings")
    yield page
    await page.page.evaluate(
        "() => postMessage({ warmlineAsks: 'reset_choices' }, location.origin)"
    )
    await page.page.wait_for_selector(f"{DIALOG} >> text=All settings are as they are by default.")


async def open_settings(page: Tab) -> None:
    await page.page.click(OPENER)
    await page.page.wait_for_selector(DIALOG)


async def save(page: Tab) -> None:
    await page.press("Save")
    await page.page.wait_for_selector(DIALOG, state="detached")


async def ask(page: Tab, question: str) -> None:
    await page.write(question)
    await page.opens()
    await page.send()
    await page.shows("Regenerate")
    await page.page.wait_for_selector(STOP, state="detached")  # Chainlit focuses the composer then


async def test_what_is_chosen_is_sent_and_still_there_after_a_reload(
    page: Tab, engine: FakeEngine
) -> None:
    await open_settings(page)
    await page.page.select_option(field("preset"), label="Patient teacher")
    await page.page.fill(field("temperature"), "0.3")
    await page.page.fill(field("stop"), "END")
    await save(page)
    await ask(page, "Hello")
    (request,) = engine.asked("Hello")
    assert request.said[0].startswith("You are a patient teacher.")
    assert (request.body["temperature"], request.body["stop"]) == (0.3, ["END"])

    await page.page.reload()
    await page.page.wait_for_selector(f"{OPENER} >> text=Settings")
    await open_settings(page)
    assert await page.page.input_value(field("temperature")) == "0.3"
    chosen = await page.page.eval_on_selector(field("preset"), "it => it.selectedOptions[0].text")
    assert chosen == "Patient teacher"
    assert page.errors == []


async def test_one_press_takes_everything_back(page: Tab, engine: FakeEngine) -> None:
    await open_settings(page)
    await page.page.fill(field("system_prompt"), "Answer like a pirate.")
    await page.page.fill(field("seed"), "7")
    await save(page)
    await open_settings(page)
    await page.press("Reset to defaults")
    await page.page.wait_for_selector(f"{DIALOG} >> text=All settings are as they are by default.")
    assert await page.page.input_value(field("seed")) == ""
    await page.press("Cancel")
    await ask(page, "Hello")
    (request,) = engine.asked("Hello")
    assert request.said == ["Hello"]
    assert "seed" not in request.body


async def test_a_mistake_is_beside_its_field_and_nothing_typed_is_lost(page: Tab) -> None:
    await open_settings(page)
    await page.page.fill(field("temperature"), "9")
    await page.page.fill(field("json_schema"), '{"type": object}')
    await page.page.fill(field("seed"), "7")
    await page.press("Save")
    await page.page.wait_for_selector(
        f"{field('temperature-mistake')} >> text=Please write a number from 0 to 2."
    )
    assert await page.page.inner_text(field("json_schema-mistake")) == (
        "This is no JSON: look at line 1, column 10."
    )
    assert await page.page.evaluate("document.activeElement.id") == "warmline-choices-temperature"
    assert await page.page.get_attribute(field("temperature"), "aria-invalid") == "true"
    assert await page.page.get_attribute(field("seed"), "aria-invalid") is None
    assert await page.page.input_value(field("seed")) == "7"

    await page.page.fill(field("temperature"), "0.9")
    await page.page.fill(field("json_schema"), "")
    await save(page)


async def test_it_can_be_done_with_the_keyboard_alone(page: Tab, engine: FakeEngine) -> None:
    keyboard = page.page.keyboard
    await page.page.focus(OPENER)
    await keyboard.press("Enter")
    await page.page.wait_for_selector(DIALOG)
    assert await page.page.evaluate("document.activeElement.id") == "warmline-choices-preset"
    await keyboard.press("Tab")
    await keyboard.type("Be brief.")
    await keyboard.press("Tab")
    await keyboard.type("0.5")
    await keyboard.press("Enter")
    await page.page.wait_for_selector(DIALOG, state="detached")
    await ask(page, "Hello")
    (request,) = engine.asked("Hello")
    assert (request.said[0], request.body["temperature"]) == ("Be brief.", 0.5)

    await page.page.focus(OPENER)
    await keyboard.press("Enter")
    await page.page.wait_for_selector(DIALOG)
    await keyboard.press("Escape")
    await page.page.wait_for_selector(DIALOG, state="detached")
    assert await page.page.evaluate("document.activeElement.id") == "warmline-choices-button"


async def test_a_draft_stays_while_settings_are_changed(page: Tab) -> None:
    await page.page.fill(COMPOSER, "Half a question")
    await open_settings(page)
    await page.page.fill(field("top_k"), "5")
    await save(page)
    assert await page.draft() == "Half a question"


async def test_it_fits_a_phone_and_speaks_chinese(
    page: Tab, chat: Product, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url, locale="zh-CN") as phone:
        await phone.page.set_viewport_size({"width": 375, "height": 700})
        await phone.page.wait_for_selector(f"{OPENER} >> text=设置")
        await open_settings(phone)
        assert "“聊天”的设置" in await phone.page.inner_text(DIALOG)
        overflow = "it => it.scrollWidth > it.clientWidth"
        assert not await phone.page.eval_on_selector(DIALOG, overflow)
        await phone.page.fill(field("top_p"), "2")
        await phone.press("保存")
        await phone.page.wait_for_selector(
            f"{field('top_p-mistake')} >> text=请填写大于 0 且不超过 1 的数字。"
        )
