"""The life of the stack, in its order: started, used, hurt, stopped, started again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.compose.conftest import Times
from tests.compose.stack import CPU, NO_NAMES, READY_SECONDS, ComposeStack
from tests.fakes.browser import RunningBrowser, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

DRAFT = "Tell me about the sea."
REPLY_SECONDS = 60.0
PAGE_SECONDS = 30.0  # the contract's
PAUSE_SECONDS = 20.0

# The engine core, by the name that it gives its process.
KILL_ENGINE = """
import os, signal
from pathlib import Path
servers = Path("/proc").glob("[0-9]*/cmdline")
cores = [f for f in servers if f.read_bytes().startswith(b"VLLM::EngineCore")]
assert cores, "no engine core runs"
for file in cores:
    os.kill(int(file.parent.name), signal.SIGKILL)
"""

# As if a hub's model had been downloaded before; the built-in one plays it.
LAY_IN_HUB_CACHE = """
import os, shutil
from pathlib import Path
model = Path(os.environ["HF_HOME"], "hub", "models--acme--small")
shutil.copytree(os.environ["WARMLINE_ENGINE_MODEL"], model / "snapshots" / "c0ffee")
(model / "refs").mkdir()
(model / "refs" / "main").write_text("c0ffee")
"""


async def ask(tab: Tab, question: str) -> str:
    """Send a question and wait until nothing is added any more; the reply, notices included."""
    questions = tab.page.locator('[data-step-type="user_message"]')
    num_before = await questions.count()
    await tab.write(question)
    await tab.opens()
    await tab.send()
    await questions.nth(num_before).wait_for()
    await tab.replied(REPLY_SECONDS)
    await tab.write("The next question")  # with a draft the composer opens when the reply ends
    await tab.opens(REPLY_SECONDS)
    return await tab.last_reply()


async def test_people_watch_the_engine_start_and_the_gate_opens_by_itself(
    built: ComposeStack, browser: RunningBrowser, times: Times, tmp_path: Path
) -> None:
    began_at = time.monotonic()
    await built.up()
    await built.closed(PAGE_SECONDS)

    async with browser.tab(built.url, screenshot_on_failure=tmp_path / "failure.png") as tab:
        assert time.monotonic() - began_at < PAGE_SECONDS
        await tab.write(DRAFT)
        await tab.shows("Starting the engine")
        assert not await tab.is_open()
        await built.ready()
        times.first_up = time.monotonic() - began_at

        await tab.opens()
        assert await tab.draft() == DRAFT
        assert await tab.is_same_document()
        assert await tab.outside() == []


async def test_a_person_chats_with_a_real_model(page: Tab) -> None:
    assert "tok/s" in await ask(page, DRAFT)


async def test_a_killed_engine_closes_the_gate_comes_back_and_the_conversation_stays(
    stack: ComposeStack, page: Tab
) -> None:
    reply = await ask(page, DRAFT)

    await stack.execute("engine", "python3", "-c", KILL_ENGINE)
    await stack.closed()
    await page.closes()

    await stack.ready()
    await page.opens()
    assert "\n".join(await page.messages("assistant_message")) == reply
    assert "tok/s" in await ask(page, "And about ships?")
    assert await page.is_same_document()


async def test_a_paused_engine_closes_the_gate_and_opens_it_again(
    stack: ComposeStack, page: Tab
) -> None:
    await page.write(DRAFT)
    paused_at = time.monotonic()
    await stack.compose("pause", "engine")
    try:
        await stack.closed()
        await page.closes()
        await asyncio.sleep(paused_at + PAUSE_SECONDS - time.monotonic())
    finally:
        await stack.compose("unpause", "engine")

    await page.opens(READY_SECONDS)
    assert await page.draft() == DRAFT


async def test_a_restarted_chat_finds_the_engine_as_it_was(stack: ComposeStack, page: Tab) -> None:
    engine_started_at = (await stack.inspect("engine"))["State"]["StartedAt"]

    await stack.compose("restart", "chat")

    await stack.ready()
    await page.write(DRAFT)
    await page.opens(PAGE_SECONDS)
    assert "tok/s" in await ask(page, DRAFT)
    assert (await stack.inspect("engine"))["State"]["StartedAt"] == engine_started_at


async def test_conversations_outlive_the_containers(
    stack: ComposeStack, page: Tab, browser: RunningBrowser, tmp_path: Path
) -> None:
    reply = await ask(page, DRAFT)
    address = page.page.url
    await stack.compose("up", "-d", "--force-recreate", "chat", "database")
    await stack.ready()

    async with browser.tab(address, screenshot_on_failure=tmp_path / "failure.png") as tab:
        await tab.shows(reply.splitlines()[0])


@pytest.mark.long
async def test_a_database_that_restarts_is_said_and_found_again(
    stack: ComposeStack, page: Tab
) -> None:
    await stack.compose("stop", "database")
    await page.write(DRAFT)
    await page.opens()
    await page.send()
    await page.shows("The database does not answer at the moment.", 30)
    assert await page.draft() == DRAFT

    await stack.compose("start", "database")
    await stack.compose("up", "-d", "--wait", "database")
    assert "tok/s" in await ask(page, DRAFT)


async def test_a_second_up_starts_with_the_network_unplugged(
    stack: ComposeStack, browser: RunningBrowser, times: Times, tmp_path: Path
) -> None:
    await stack.compose("stop")
    assert (await stack.inspect("engine"))["State"]["ExitCode"] == 0
    await stack.down()

    began_at = time.monotonic()
    await stack.up(files=(*CPU, NO_NAMES))
    await stack.ready()
    times.second_up = time.monotonic() - began_at
    await stack.compose("up", "-d", "--wait", files=(*CPU, NO_NAMES))  # by their health checks

    async with browser.tab(stack.url, screenshot_on_failure=tmp_path / "failure.png") as tab:
        assert "tok/s" in await ask(tab, DRAFT)


@pytest.mark.long
async def test_a_hub_s_model_that_was_downloaded_starts_with_the_network_unplugged(
    stack: ComposeStack, browser: RunningBrowser, tmp_path: Path
) -> None:
    await stack.execute("engine", "python3", "-c", LAY_IN_HUB_CACHE)
    hub_model = {"WARMLINE_ENGINE_MODEL": "acme/small"}

    await stack.compose("up", "-d", files=(*CPU, NO_NAMES), env=hub_model)
    await stack.closed()
    await stack.ready()

    async with browser.tab(stack.url, screenshot_on_failure=tmp_path / "failure.png") as tab:
        assert "tok/s" in await ask(tab, DRAFT)
