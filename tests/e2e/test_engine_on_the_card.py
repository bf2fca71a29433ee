"""What the gate's card says of the engine, and how a closed gate looks in a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.browser import STOP, RunningBrowser, Tab
from tests.fakes.replies import Hang, Say, Stream
from tests.fakes.stack import Stack, running_stack

CARD = "#warmline-gate"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    data_dir = tmp_path_factory.mktemp("data")
    async with running_stack(data_dir, engine_is_open=False, has_launcher=True) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def tab(stack: Stack, browser: RunningBrowser, tmp_path: Path) -> AsyncIterator[Tab]:
    await stack.engine.close()
    stack.engine.reset()
    stack.status_page.reset()
    await stack.chat.phase("starting")
    picture = tmp_path / "failure.png"
    async with browser.tab(stack.chat.url, screenshot_on_failure=picture) as tab:
        await tab.page.wait_for_selector(CARD)
        yield tab


async def chat_then_lose_engine(stack: Stack, tab: Tab) -> None:
    stack.status_page.show("serving", progress=1.0)
    await stack.engine.open()
    await tab.write("Hello")
    await tab.opens(within_seconds=20)
    await tab.send()
    await tab.shows("Hello from the engine.")
    await stack.engine.close()
    await tab.shows("The model went away", within_seconds=20)


async def test_it_names_the_model_and_why_it_is_set_up_so(stack: Stack, tab: Tab) -> None:
    command = ["vllm", "serve", "--model", "/home/ada/Tiny", "--max-num-seqs", "16"]
    stack.status_page.show("loading_weights", command=command)
    await tab.shows("Tiny")
    await tab.shows("Fake CPU")
    assert "/home" not in await tab.text()
    await tab.page.click(f"{CARD} .wl-why summary")
    await tab.shows("max-num-seqs 16")
    await tab.shows("replies written at the same time")


async def test_the_log_is_unfolded_and_goes_on_while_the_card_changes(
    stack: Stack, tab: Tab
) -> None:
    stack.status_page.show("loading_weights", log_tail=["cache in /home/ada/.cache", "one"])
    await tab.shows("Loading the model's weights")
    await tab.page.click(f"{CARD} .wl-log summary")
    await tab.shows("cache in ~/.cache")
    await tab.shows("vllm serve fake-model --api-key")
    stack.status_page.show("compiling", log_tail=["one", "two kernels"])
    await tab.shows("Compiling the model")
    await tab.shows("two kernels")


async def test_in_a_conversation_a_closed_gate_shows_a_send_that_waits(
    stack: Stack, tab: Tab
) -> None:
    await chat_then_lose_engine(stack, tab)
    button = tab.page.locator(STOP)
    await tab.page.wait_for_selector(f"{STOP}:disabled")
    assert await button.get_attribute("aria-label") == "Send (opens when the model is ready)"
    await tab.write("Are you there?")
    await tab.send()
    await button.click(force=True)
    assert await tab.draft() == "Are you there?"
    assert len(await tab.messages("user_message")) == 1

    await stack.engine.open()
    await tab.opens(within_seconds=20)
    await tab.send()
    await tab.page.wait_for_selector(f"{STOP}", state="detached")


async def test_a_reply_that_waits_for_the_gate_can_be_stopped(stack: Stack, tab: Tab) -> None:
    stack.status_page.show("serving", progress=1.0)
    await stack.engine.open()
    stack.engine.enqueue(Stream(Say("One"), Hang()), to="Count")
    await tab.write("Count")
    await tab.opens(within_seconds=20)
    await tab.send()
    await tab.shows("One")
    stack.engine.health = 503
    await tab.shows("The model went away", within_seconds=30)
    assert await tab.page.locator(STOP).is_enabled()


async def test_no_arrow_points_below_where_nothing_is(stack: Stack, tab: Tab) -> None:
    await chat_then_lose_engine(stack, tab)
    arrow = ".absolute.bottom-4 button"
    await stack.engine.open()
    await tab.page.wait_for_selector(CARD, state="detached", timeout=20_000)
    await tab.page.wait_for_selector(arrow, state="detached")
