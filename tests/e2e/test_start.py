"""A person in front of a real page while the model starts: the composer waits, the draft stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.browser import COMPOSER, SEND, RunningBrowser, Tab
from tests.fakes.stack import Stack, running_stack

CARD = "#warmline-gate"
# What Chainlit's page says when it is connected does not leave it, so the server does not answer.
SAYS_NOTHING = """
for (const way of [WebSocket.prototype, XMLHttpRequest.prototype]) {
  const own = way.send;
  way.send = function (data) {
    if (String(data).includes("connection_successful")) window.hasConnected = true;
    else own.call(this, data);
  };
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    data_dir = tmp_path_factory.mktemp("data")
    async with running_stack(data_dir, engine_is_open=False, has_launcher=True) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def tab(stack: Stack, browser: RunningBrowser, tmp_path: Path) -> AsyncIterator[Tab]:
    """A page at a chat whose engine loads its weights."""
    await stack.engine.close()
    stack.engine.reset()
    stack.status_page.reset()
    stack.status_page.show("loading_weights", progress=0.4, eta_seconds=21.0)
    await stack.chat.phase("loading_weights")
    picture = tmp_path / "failure.png"
    async with browser.tab(stack.chat.url, screenshot_on_failure=picture) as tab:
        await tab.page.wait_for_selector(CARD)
        yield tab


async def open_engine(stack: Stack) -> None:
    stack.status_page.show("serving", progress=1.0)
    await stack.engine.open()


async def test_phases_are_live(stack: Stack, tab: Tab) -> None:
    await tab.shows("The model is getting ready")
    await tab.shows("Loading the model's weights")
    await tab.shows("about 21 s left")
    bar = tab.page.get_by_role("progressbar")
    assert await bar.get_attribute("aria-valuenow") == "40"

    stack.status_page.show("compiling", progress=0.7, detail="Graph 3 of 5")
    await tab.shows("Compiling the model")
    await tab.shows("Graph 3 of 5")
    assert await bar.get_attribute("aria-valuenow") == "70"
    assert await tab.is_same_document()


async def test_the_card_covers_neither_the_draft_nor_the_page(stack: Stack, tab: Tab) -> None:
    stack.status_page.fail("disk_full", "The disk is full. " * 20, "Make room. " * 20)
    await tab.shows("The disk is full.")
    card = await tab.page.locator(CARD).bounding_box()
    composer = await tab.page.locator(COMPOSER).bounding_box()
    assert card
    assert composer
    assert card["y"] + card["height"] < composer["y"]


async def test_the_clock_runs_between_two_words_of_the_server(tab: Tab) -> None:
    clock = tab.page.locator(f"{CARD} .wl-clock")
    before = await clock.inner_text()
    changed = "before => document.querySelector('#warmline-gate .wl-clock').innerText !== before"
    await tab.page.wait_for_function(changed, arg=before, timeout=3000)


async def test_the_closed_composer_sends_nothing_and_keeps_the_draft(
    stack: Stack, tab: Tab
) -> None:
    await tab.write("Who are you?")
    assert not await tab.is_open()
    await tab.send()
    await tab.page.locator(SEND).click(force=True)
    await tab.page.locator("#starters button").first.click(force=True)

    assert await tab.draft() == "Who are you?"
    assert await tab.messages("user_message") == []
    assert stack.engine.requests == []


async def test_a_page_that_has_just_connected_cannot_send_either(
    stack: Stack, tab: Tab, browser: RunningBrowser
) -> None:
    async with browser.empty_tab() as another:
        await another.page.add_init_script(SAYS_NOTHING)
        await another.open(stack.chat.url)
        await another.write("Who are you?")
        await another.page.wait_for_function("() => window.hasConnected")
        await another.shows("Loading the model's weights")
        assert not await another.is_open()


async def test_it_opens_without_a_reload_and_the_draft_can_be_sent(stack: Stack, tab: Tab) -> None:
    await tab.write("Who are you?")
    await open_engine(stack)
    await tab.opens(within_seconds=20)
    await tab.page.wait_for_selector(CARD, state="detached")
    assert await tab.draft() == "Who are you?"

    await tab.send()
    await tab.shows("Hello from the engine.")
    assert await tab.is_same_document()
    assert await tab.draft() == ""


async def test_a_starter_can_be_pressed_once_it_is_open(stack: Stack, tab: Tab) -> None:
    await open_engine(stack)
    await tab.write("x")
    await tab.opens(within_seconds=20)
    await tab.write("")
    await tab.page.locator("#starters button").first.click()
    await tab.shows("Hello from the engine.")


async def test_a_reconnect_does_not_unlock_it(stack: Stack, tab: Tab) -> None:
    await tab.write("Who are you?")
    await tab.page.evaluate(
        """send => {
            window.wasOpen = false;
            const look = () => { window.wasOpen ||= !document.querySelector(send).disabled };
            new MutationObserver(look).observe(document.body,
                {subtree: true, attributes: true, childList: true});
        }""",
        SEND,
    )
    await tab.go_offline()
    await tab.come_back()
    stack.status_page.show("compiling", progress=0.7)
    await tab.shows("Compiling the model")
    await tab.send()
    assert await tab.page.evaluate("window.wasOpen") is False
    assert await tab.draft() == "Who are you?"
    assert await tab.messages("user_message") == []


async def test_a_failed_start_says_why_and_what_to_do(stack: Stack, tab: Tab) -> None:
    stack.status_page.fail("gpu_memory_taken", "The GPU's memory is full.", "Stop the other one.")
    await tab.shows("The GPU's memory is full.")
    await tab.shows("Stop the other one.")
    await tab.shows("The model cannot start")


async def test_it_closes_when_the_engine_goes_away_and_opens_when_it_is_back(
    stack: Stack, tab: Tab
) -> None:
    await open_engine(stack)
    await tab.write("Who are you?")
    await tab.opens(within_seconds=20)
    await stack.engine.close()
    await tab.closes(within_seconds=15)
    await tab.shows("The model went away and is coming back")
    await stack.engine.open()
    await tab.opens(within_seconds=20)
    assert await tab.draft() == "Who are you?"
    assert await tab.is_same_document()
