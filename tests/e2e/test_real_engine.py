"""A newcomer's first minutes: `make demo`, a real vLLM on the CPU, one page that stays open.

The tests follow one another on that page, from before the engine serves to Ctrl-C.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from tests.e2e.demo import BOOT_SECONDS, Demo
from tests.fakes.browser import SEND, RunningBrowser, Tab

REPLY_SECONDS = 60.0  # 400 tokens on two busy cores
STOPPED_SECONDS = 2.0  # the contract's one, and one for a look at /metrics on busy cores

DRAFT = "Explain in two paragraphs how rain forms."
LONG = "Write a very long story about a lighthouse, with as many chapters as you can."

REPLY = '[data-step-type="assistant_message"] .message-content'

# Notes each phase that the card names while the composer is closed, and each length of the
# newest reply, from the moment that the page is there.
WATCH = """([send, reply]) => {
    window.phases = [];
    window.lengths = [];
    const note = (list, value) => { if (list.at(-1) !== value) list.push(value) };
    new MutationObserver(() => {
        const phase = document.querySelector('#warmline-gate [aria-current=step]');
        const closed = document.querySelector(send)?.disabled !== false;
        if (phase && closed) note(window.phases, phase.textContent);
        const texts = document.querySelectorAll(reply);
        if (texts.length) note(window.lengths, [...texts].at(-1).innerText.length);
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
GROWS = "() => window.lengths.length > 5"
NUMBERS = re.compile(r"first token [\d.]+ s · [\d.]+ tok/s · [\d,]+ tokens")
PANEL = re.compile(r"online 1\s+waiting \d+\s+[\d,]+ tok/s\s+KV cache \d+ %\s+prefix hits \d+ %")
HAS_MORE_NUMBERS = """([pattern, count]) =>
    [...document.body.innerText.matchAll(new RegExp(pattern, 'g'))].length > count"""
REAL_PHASES = {
    "Loading the model's weights",
    "Compiling the model",
    "Making room for conversations (KV cache)",
    "Opening the engine's server",
    "Warming up with real tokens",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """`make demo`, its page served, its engine still booting."""
    async with Demo(tmp_path_factory.mktemp("data")) as demo:
        yield demo


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def early_page(
    demo: Demo, browser: RunningBrowser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tab]:
    """The one page, opened before the engine serves."""
    picture = tmp_path_factory.mktemp("pictures") / "failure.png"
    async with browser.tab(demo.url, screenshot_on_failure=picture) as tab:
        await tab.page.evaluate(WATCH, [SEND, REPLY])
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def page(demo: Demo, early_page: Tab) -> Tab:
    """The same page with its gate open."""
    await demo.ready(within_seconds=BOOT_SECONDS)
    return early_page


async def say(tab: Tab, text: str) -> None:
    await tab.write(text)
    await tab.opens()
    await tab.send()


async def num_finished(tab: Tab) -> int:
    """How many replies have their numbers under them."""
    return len(NUMBERS.findall(await tab.text()))


async def finishes(tab: Tab, num_before: int) -> None:
    """Return as soon as one more reply has its numbers."""
    await tab.page.wait_for_function(
        HAS_MORE_NUMBERS, arg=[NUMBERS.pattern, num_before], timeout=REPLY_SECONDS * 1000
    )


async def test_the_page_shows_the_phases_and_opens_without_a_reload(
    demo: Demo, early_page: Tab
) -> None:
    assert not (await demo.readyz())["ready"]
    await early_page.page.wait_for_selector("#warmline-gate")  # before it, the server refuses
    await early_page.write(DRAFT)
    assert not await early_page.is_open()
    await early_page.send()
    assert await early_page.draft() == DRAFT
    assert await early_page.messages("user_message") == []

    await early_page.opens(within_seconds=BOOT_SECONDS)

    phases = await early_page.page.evaluate("window.phases")
    assert len(REAL_PHASES & set(phases)) >= 2, phases
    assert await early_page.draft() == DRAFT
    assert await early_page.is_same_document()


async def test_an_answer_is_streamed_and_its_numbers_are_under_it(page: Tab) -> None:
    await page.page.evaluate("window.lengths.length = 0")
    await say(page, DRAFT)
    await finishes(page, num_before=0)

    lengths: list[int] = await page.page.evaluate("window.lengths")
    assert sum(before < after for before, after in pairwise(lengths)) >= 2, lengths
    assert await page.messages("user_message") == [DRAFT]


async def test_the_live_panel_shows_what_vllm_says_of_itself(page: Tab) -> None:
    all_known = """pattern =>
        new RegExp(pattern).test(document.getElementById('warmline-panel')?.innerText)"""
    await page.page.wait_for_function(all_known, arg=PANEL.pattern)


async def test_stop_stops_the_engines_work_too(demo: Demo, page: Tab) -> None:
    async def runs() -> bool:
        return await demo.num_requests_running() >= 1

    async def rests() -> bool:
        return await demo.num_requests_running() == 0

    await page.page.evaluate("window.lengths.length = 0")
    await say(page, LONG)
    await page.page.wait_for_function(GROWS, timeout=REPLY_SECONDS * 1000)
    await demo.ask_again(runs, "vLLM generates")
    await page.stop()
    await demo.ask_again(rests, "vLLM rests", STOPPED_SECONDS)
    await page.shows("Stopped. What was written is kept.")


SCHEMA = {
    "type": "object",
    "properties": {"capital": {"type": "string", "maxLength": 30}, "is_large": {"type": "boolean"}},
    "required": ["capital", "is_large"],
    "additionalProperties": False,
}
CHOSEN = {
    "temperature": "0.5",
    "top_p": "0.9",
    "top_k": "40",
    "max_tokens": "200",
    "seed": "7",
    "stop": "END",
    "json_schema": json.dumps(SCHEMA),
}


async def test_what_is_chosen_in_the_settings_reaches_the_engine(page: Tab) -> None:
    await page.page.click("#warmline-choices-button")
    for field, text in CHOSEN.items():
        await page.page.fill(f"#warmline-choices-{field}", text)
    await page.press("Save")
    await page.page.wait_for_selector("#warmline-choices", state="detached")
    num_before = await num_finished(page)
    await say(page, "What is the capital of France?")
    await finishes(page, num_before)
    reply = json.loads((await page.page.locator(REPLY).all_inner_texts())[-1])
    assert isinstance(reply["capital"], str)
    assert isinstance(reply["is_large"], bool)

    await page.page.click("#warmline-choices-button")
    await page.press("Reset to defaults")
    await page.page.wait_for_selector("#warmline-choices >> text=as they are by default")
    await page.press("Cancel")


async def test_the_numbers_are_all_there_and_the_meter_shows_their_sum(page: Tab) -> None:
    await page.page.locator("button[id$='.numbers']").last.click()
    await page.page.wait_for_selector("#warmline-numbers:popover-open")
    rows = await page.page.locator("#warmline-numbers dd").all_inner_texts()
    await page.page.keyboard.press("Escape")
    assert len(rows) == 8
    assert not [row for row in rows if "—" in row], rows
    prompt, reply = (int(rows[row].split()[0].replace(",", "")) for row in (2, 4))
    await page.page.wait_for_selector(f"#warmline-meter >> text={prompt + reply:,} / 8,192")


async def test_a_killed_engine_comes_back_under_the_open_page(demo: Demo, page: Tab) -> None:
    said = await page.messages("user_message")
    await page.write("Are you there? Answer in one short sentence.")
    await page.opens()
    num_before = await num_finished(page)
    await page.page.evaluate("window.phases.length = 0")

    demo.kill_engine()
    await page.closes(within_seconds=15)
    await page.opens(within_seconds=BOOT_SECONDS)
    # `lost` is not always among them: the next engine may have been started already
    phases = await page.page.evaluate("window.phases")
    assert REAL_PHASES & set(phases), phases

    await page.send()
    await finishes(page, num_before)
    assert (await page.messages("user_message"))[:-1] == said
    assert await page.is_same_document()


async def test_ctrl_c_leaves_no_process_behind(demo: Demo, page: Tab) -> None:
    assert len(demo.engine()) >= 2
    assert {p.pid for p in demo.engine()} < {p.pid for p in demo.processes()}
    await demo.press_ctrl_c()
    assert demo.processes() == []
