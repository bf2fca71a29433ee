"""The history in a real browser: sidebar, search, rename, delete, thumbs, files, restarts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import numbered, says
from tests.fakes.stack import running_stack

HISTORY = "#thread-history"
CHOSEN = f"{HISTORY} [data-active=true]"


async def ask(page: Tab, question: str) -> None:
    await page.write(question)
    await page.opens()
    await page.send()
    await page.shows("Regenerate")


def contents(file: Path) -> list[str]:
    return [message["content"] for message in json.loads(file.read_text())["messages"]]


async def open_menu_of(page: Tab, name: str) -> None:
    thread = page.page.locator(f"{HISTORY} li", has_text=name)
    await thread.hover()
    await thread.locator("#thread-options").click()


async def test_a_conversation_is_found_renamed_and_deleted(
    page: Tab, engine: FakeEngine, browser: RunningBrowser
) -> None:
    await ask(page, "Where do quokkas live?")
    await page.page.wait_for_selector(f"{HISTORY} >> text=Where do quokkas live?")
    assert "/thread/" in page.page.url

    await open_menu_of(page, "Where do quokkas live?")
    await page.page.click("#rename-thread")
    await page.page.fill("#name", "Small animals")
    await page.page.get_by_role("button", name="Confirm").click()
    await page.page.wait_for_selector(f"{HISTORY} >> text=Small animals")

    await page.page.click("#search-chats-button")
    await page.page.fill("[cmdk-input]", "quokkas")
    await page.page.wait_for_selector("[cmdk-item] >> text=Small animals")
    await page.page.keyboard.press("Escape")

    await open_menu_of(page, "Small animals")
    await page.page.click("#delete-thread")
    await page.page.get_by_role("button", name="Confirm").click()
    await page.page.wait_for_selector(f"{HISTORY} >> text=Small animals", state="detached")
    assert page.errors == []


async def test_what_is_typed_while_a_conversation_begins_stays_in_the_composer(
    page: Tab, engine: FakeEngine
) -> None:
    engine.enqueue(numbered("w", 40, tokens_per_second=20), to="Count")
    await page.write("Count")
    await page.opens()
    await page.send()
    await page.page.keyboard.type("What comes after that, and why?", delay=40)
    await page.shows("w.39")
    assert "/thread/" in page.page.url
    assert await page.draft() == "What comes after that, and why?"


async def test_a_reload_in_mid_reply_goes_on_with_it(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(numbered("w", 60, tokens_per_second=15), to="Count")
    await page.write("Count")
    await page.opens()
    await page.send()
    await page.shows("w.5")
    await page.page.reload()
    await page.shows("w.10")
    await page.shows("w.59", 15)
    await page.shows("Regenerate")
    assert await page.messages("user_message") == ["Count"]
    assert len(engine.asked("Count")) == 1


async def test_a_reply_is_rated_and_is_still_rated_after_a_reload(
    page: Tab, engine: FakeEngine
) -> None:
    await ask(page, "Hello")
    await page.page.click(".positive-feedback-off")
    await page.page.click("#submit-feedback")
    await page.page.wait_for_selector(".positive-feedback-on")
    await page.page.reload()
    await page.page.wait_for_selector(".positive-feedback-on")


async def test_a_thumb_down_keeps_what_was_written_to_it(page: Tab, engine: FakeEngine) -> None:
    await ask(page, "Hello")
    await page.page.click(".negative-feedback-off")
    await page.page.fill("[role=dialog] textarea", "Too short, 太短")
    await page.page.click("#submit-feedback")
    await page.page.wait_for_selector(".negative-feedback-on")
    file = page.page.url.replace("/thread/", "/download/") + ".json"
    reply = (await (await page.page.request.get(file)).json())["messages"][-1]
    assert reply["feedback"] == {"thumb_up": False, "comment": "Too short, 太短"}


async def test_a_reply_and_its_code_are_copied_as_they_were_written(
    page: Tab, engine: FakeEngine
) -> None:
    text = "A **bold** reply:\n\n```python\nx = 1\n```"
    engine.enqueue(says(text), to="Hello")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ask(page, "Hello")
    copied = "wanted => navigator.clipboard.readText().then((text) => text === wanted)"
    buttons = page.page.locator("button:has(svg.lucide-copy)")
    for button, wanted in ((buttons.first, "x = 1\n"), (buttons.last, text)):
        await button.click()
        await page.page.wait_for_function(copied, arg=wanted)


async def test_a_conversation_is_saved_as_a_file(page: Tab, engine: FakeEngine) -> None:
    await ask(page, "Hello")
    async with page.page.expect_download() as started:
        await page.page.click("#warmline-menu-button")
        await page.page.click("#warmline-menu >> text=JSON")
    download = await started.value
    assert download.suggested_filename == "Hello.json"
    assert contents(Path(await download.path())) == ["Hello", "Hello from the engine."]


async def test_a_chat_that_is_killed_and_comes_back_keeps_the_page_and_its_draft(
    browser: RunningBrowser, tmp_path: Path
) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with browser.tab(stack.chat.url, screenshot_on_failure=tmp_path / "no.png") as page:
            stack.engine.enqueue(numbered("w", 500, tokens_per_second=20), to="Count")
            await page.write("Count")
            await page.opens()
            await page.send()
            await page.shows("w.60")
            await page.write("My next question")
            await stack.chat.kill()
            await page.page.evaluate("() => window.dispatchEvent(new Event('focus'))")
            await stack.chat.start()
            await stack.chat.healthy()
            await stack.chat.ready()
            await page.shows("Interrupted: this reply was not finished.", 20)
            await page.opens()
            assert await page.is_same_document()
            assert await page.draft() == "My next question"
            assert (await page.messages("user_message")) == ["Count"]
            await page.press("Continue")
            await page.shows("Hello from the engine.")
