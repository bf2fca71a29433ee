"""What people paste, write and do, and what models write, that pages break at."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.browser import COMPOSER, RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import Finish, Hang, Say, Stream, numbered, says

TEN_MEGABYTES = "word " * 2_000_000
HEBREW = "שלום עולם, זה טקסט מימין לשמאל."
RESPONSIVE_SECONDS = 5.0  # also on a machine that is busy with other tests

PASTE_INTO = """([selector, text]) => {
    const input = document.querySelector(selector);
    input.focus();
    const options = {data: text, inputType: 'insertFromPaste', bubbles: true, cancelable: true};
    if (input.dispatchEvent(new InputEvent('beforeinput', options))) {
        document.execCommand('insertText', false, text);
    }
}"""
BLOCK_STORAGE = """for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, {
        configurable: true,
        get() { throw new DOMException('Access is denied.', 'SecurityError'); },
    });
}"""
# How far a text of a reply is from the edges of its paragraph, in pixels.
EDGES = """text => {
    const reply = document.querySelector('[data-step-type=assistant_message]');
    const nodes = document.createTreeWalker(reply, NodeFilter.SHOW_TEXT);
    while (!nodes.nextNode().data.includes(text));
    const range = document.createRange();
    range.selectNodeContents(nodes.currentNode);
    const drawn = range.getBoundingClientRect();
    const box = nodes.currentNode.parentElement.getBoundingClientRect();
    return [drawn.left - box.left, box.right - drawn.right];
}"""


async def ask(page: Tab, question: str) -> None:
    await page.write(question)
    await page.opens()
    await page.send()


async def test_ten_megabytes_are_not_pasted_and_the_page_goes_on(
    page: Tab, engine: FakeEngine
) -> None:
    await page.write("My question")
    await page.opens()
    await page.page.evaluate(PASTE_INTO, [COMPOSER, TEN_MEGABYTES])
    async with asyncio.timeout(RESPONSIVE_SECONDS):
        await page.page.keyboard.press("End")
        await page.shows("What you pasted is too long to send: 10,000,000 characters")
    assert await page.draft() == "My question"
    await page.page.keyboard.type("!")
    assert "What you pasted" not in await page.text()
    await page.send()
    await page.shows("Hello from the engine.")


async def test_300_lines_are_sent_as_they_are(page: Tab, engine: FakeEngine) -> None:
    lines = "\n".join(f"line {number}" for number in range(300))
    await page.paste(lines)
    await page.opens()
    box = await page.page.locator(COMPOSER).bounding_box()
    assert box is not None
    assert box["height"] < 400
    await page.send()
    await page.shows("Hello from the engine.")
    assert engine.asked("line 299")[0].last_user == lines
    assert await page.messages("user_message") == [lines]


async def test_right_to_left_text_is_drawn_from_the_right(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(says(f"{HEBREW}\n\nLeft to right."), to=HEBREW)
    await ask(page, HEBREW)
    await page.shows("Regenerate")
    from_left, from_right = await page.page.evaluate(EDGES, HEBREW)
    assert from_right < 1 < from_left
    from_left, from_right = await page.page.evaluate(EDGES, "Left to right.")
    assert from_left < 1 < from_right
    await page.page.wait_for_selector("#thread-history a[dir=auto]")


@pytest.mark.parametrize(
    "text",
    ["👩‍👩‍👧‍👦 and 👍🏽", "Vie\u0323\u0302t Nam, e\u0301", "🇨🇳 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣", "नमस्ते"],
)
async def test_emoji_and_combined_characters_come_and_go_unharmed(
    page: Tab, engine: FakeEngine, text: str
) -> None:
    engine.enqueue(Stream(*(Say(part) for part in text), Finish()), to=text)
    await ask(page, text)
    await page.shows("Regenerate")
    assert engine.asked(text)[0].last_user == text
    assert (await page.messages("assistant_message"))[0].startswith(text)
    assert await page.messages("user_message") == [text]


@pytest.mark.parametrize(
    "reply",
    [
        "Here:\n\n| a | b |\n|---|\n| 1 **bold [link](http://x.example",
        "Here:\n\n```python\nprint(1)\n# it never ends <b>x</b>",
        "Here: $$ \\frac{1}{ \\undefined{x",
        "Here:\n\n<div><table><tr><td>",
        "Here: " + "> " * 300 + "deep",
        "Here: " + "[" * 2000,
    ],
    ids=["table", "fence", "formula", "html", "quotes", "brackets"],
)
async def test_broken_markdown_harms_nothing_below_it(
    page: Tab, engine: FakeEngine, reply: str
) -> None:
    engine.enqueue(says(reply), says("After that."), to="Show")
    await ask(page, "Show me")
    await page.shows("Regenerate")
    await ask(page, "Show more")
    await page.shows("After that.")
    broken, after = await page.messages("assistant_message")
    assert broken.startswith("Here:")
    assert after.startswith("After that.")
    assert await page.messages("user_message") == ["Show me", "Show more"]
    assert page.errors == []


async def test_markup_that_a_person_writes_is_text(page: Tab, engine: FakeEngine) -> None:
    markup = "<img src=x onerror=\"document.title='run'\"> <b>bold</b>"
    await ask(page, markup)
    await page.shows("Hello from the engine.")
    assert await page.messages("user_message") == [markup]
    assert await page.page.title() != "run"


async def test_endless_repetition_is_stopped_and_the_page_stays_awake(
    page: Tab, engine: FakeEngine
) -> None:
    engine.enqueue(Stream(Say("again " * 8_000), Hang()), to="Repeat")  # until it is stopped
    await ask(page, "Repeat")
    await page.shows("again again", within_seconds=30)
    async with asyncio.timeout(RESPONSIVE_SECONDS):
        await page.page.keyboard.type("Enough")
        await page.stop()
    await page.shows("Stopped. What was written is kept.")
    assert await page.draft() == "Enough"
    await page.opens()


async def test_a_browser_that_stores_nothing_has_a_chat_all_the_same(
    chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    context = await browser.browser.new_context(locale="en-US")
    try:
        await context.add_init_script(BLOCK_STORAGE)
        tab = Tab(await context.new_page(), context)
        tab.watch()
        await tab.open(chat.url)
        await ask(tab, "Hello")
        await tab.shows("Hello from the engine.")
        await tab.page.click("#warmline-menu-button")
        await tab.page.click("#warmline-menu >> text=Hide the engine's numbers")
        await tab.page.wait_for_selector("#warmline-panel", state="hidden")
        assert tab.errors == []
    finally:
        await context.close()


async def test_a_phone_that_sleeps_in_mid_reply_wakes_up_to_all_of_it(
    page: Tab, engine: FakeEngine
) -> None:
    engine.enqueue(numbered("w", 120, tokens_per_second=40), to="Count")
    await ask(page, "Count")
    await page.shows("w.5 ")
    phone = await page.context.new_cdp_session(page.page)
    await page.go_offline()
    await phone.send("Page.setWebLifecycleState", {"state": "frozen"})
    await engine.ended(engine.asked("Count")[0])
    await phone.send("Page.setWebLifecycleState", {"state": "active"})
    await page.page.bring_to_front()  # as who wakes it does
    await page.come_back()
    await page.shows("w.119", within_seconds=20)
    await page.shows("Regenerate")
    reply = (await page.messages("assistant_message"))[0]
    assert reply.startswith(" ".join(f"w.{number}" for number in range(120)))
    assert await page.is_same_document()
