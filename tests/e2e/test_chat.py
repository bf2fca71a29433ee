"""A person chats in a real page."""

from __future__ import annotations

import re

from tests.fakes.browser import COMPOSER, STOP, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import Hang, HttpError, Reset, Say, Stream, numbered, says

LONG = "word " * 40_000  # 200,000 characters


async def say(tab: Tab, text: str) -> None:
    await tab.write(text)
    await tab.opens()
    await tab.send()


async def test_an_answer_is_streamed_and_its_numbers_are_under_it(
    engine: FakeEngine, page: Tab
) -> None:
    engine.enqueue(numbered("word", 60, tokens_per_second=30), to="Count")
    await say(page, "Count")
    await page.shows("word.5 ")
    assert engine.running == 1
    await page.shows("word.59")
    await page.shows("60 tokens")
    assert re.search(r"first token 0\.\d\d s · \d\d tok/s · 60 tokens", await page.text())


async def test_stop_stops_it(engine: FakeEngine, page: Tab) -> None:
    engine.enqueue(numbered("word", 1000, tokens_per_second=30), to="Count")
    await say(page, "Count")
    await page.shows("word.5 ")
    await page.stop()
    await engine.ended(engine.asked("Count")[0], within_seconds=1)
    await page.shows("Stopped. What was written is kept.")
    assert "Task manually stopped" not in await page.text()
    await page.page.wait_for_selector(STOP, state="detached")
    await say(page, "Next")
    await page.shows("Hello from the engine.")


async def test_an_edited_message_is_answered_anew_and_can_be_stopped(
    engine: FakeEngine, page: Tab
) -> None:
    engine.enqueue(says("First answer."), to="First")
    engine.enqueue(numbered("word", 1000, tokens_per_second=30), to="Changed")
    await say(page, "First")
    await page.shows("First answer.")
    await page.edit("First", "Changed")
    await page.shows("word.5 ")
    assert "First answer." not in await page.text()
    await page.stop()
    await engine.ended(engine.asked("Changed")[0], within_seconds=1)


async def test_an_interrupted_reply_is_marked_and_continued(engine: FakeEngine, page: Tab) -> None:
    engine.enqueue(Stream(Say("Once upon a"), Reset()), says(" time."), to="Story")
    await say(page, "Story")
    await page.shows("Interrupted: the model stopped before this reply was finished.")
    await page.shows("Once upon a")
    await page.press("Continue")
    await page.shows("Once upon a time.")
    assert "Interrupted" not in await page.text()


async def test_another_reply_replaces_the_first(engine: FakeEngine, page: Tab) -> None:
    engine.enqueue(says("First try."), says("Second try."), to="Joke")
    await say(page, "Joke")
    await page.shows("First try.")
    await page.press("Regenerate")
    await page.shows("Second try.")
    assert "First try." not in await page.text()


async def test_a_retry_is_told_while_it_is_waited_for(engine: FakeEngine, page: Tab) -> None:
    engine.enqueue(HttpError(503, retry_after="1"), says("There it is."), to="Hello")
    await say(page, "Hello")
    await page.shows("The model is busy. Trying again in")
    await page.shows("There it is.")
    assert "Trying again" not in await page.text()


async def test_200_000_characters_come_back_into_the_composer_with_a_sentence(
    engine: FakeEngine, page: Tab
) -> None:
    await page.paste(LONG)
    await page.opens()
    await page.send()
    await page.shows("This message is too long for the model", within_seconds=20)
    await page.shows("(200,000 characters), and at most 4,032 tokens fit.")
    await page.page.wait_for_function(
        "n => document.querySelector('#chat-input').value.length >= n", arg=199_999
    )
    assert (await page.draft()).strip() == LONG.strip()
    assert await page.messages("user_message") == []
    assert engine.asked("word") == []


async def test_a_text_beyond_what_the_socket_takes_stays_in_the_composer(
    engine: FakeEngine, page: Tab
) -> None:
    await page.page.evaluate(
        """([selector, text]) => {
            const input = document.querySelector(selector);
            const proto = Object.getPrototypeOf(input);
            Object.getOwnPropertyDescriptor(proto, 'value').set.call(input, text);
            input.dispatchEvent(new Event('input', {bubbles: true}));
        }""",
        [COMPOSER, "x" * 300_001],
    )
    await page.opens()
    await page.page.press(
        COMPOSER, "Enter", timeout=30_000
    )  # a line that long takes a page seconds
    await page.shows("This text is too long to send: 300,001 characters, at most 300,000")
    assert len(await page.draft()) == 300_001
    assert await page.messages("user_message") == []


async def test_a_page_that_was_away_across_the_end_shows_the_end(
    engine: FakeEngine, page: Tab
) -> None:
    engine.enqueue(Stream(Say("One two"), Hang(), *says(" three").steps), to="Count")
    await say(page, "Count")
    await page.shows("One two")
    await page.go_offline()
    engine.release()
    await engine.ended(engine.asked("Count")[0])
    await page.come_back()
    await page.shows("One two three", within_seconds=20)
    await page.shows("Regenerate")
    assert await page.is_same_document()


async def test_markup_of_a_reply_is_shown_and_not_run(engine: FakeEngine, page: Tab) -> None:
    text = "**bold** <img src=x onerror=\"document.title='run'\"> [link](javascript:alert(1)) done"
    engine.enqueue(says(text), to="Show")
    await say(page, "Show")
    await page.shows("done")
    assert await page.page.locator(".font-bold", has_text="bold").count() == 1
    assert await page.page.title() != "run"
    assert await page.page.locator("a[href^=javascript]").count() == 0
