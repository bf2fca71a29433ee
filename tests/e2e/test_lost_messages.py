"""What was sent in the moment in which its connection broke is sent, once, when it is back."""

from __future__ import annotations

from tests.fakes.browser import COMPOSER, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import says

BREAKS = """(event) => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (!String(data).includes(`"${event}"`)) return send.call(this, data);
        WebSocket.prototype.send = send;
        this.close();
    };
}"""

LOSES = """(event) => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (!String(data).includes(`"${event}"`)) return send.call(this, data);
        WebSocket.prototype.send = send;
        window.hasLost = true;
    };
}"""


async def breaks_at(tab: Tab, event: str) -> None:
    """The page's next event of that name is lost, and the connection with it."""
    await tab.page.evaluate(BREAKS, event)


async def say(tab: Tab, text: str) -> None:
    await tab.write(text)
    await tab.opens()
    await tab.send()


async def test_a_first_message_that_was_lost_is_answered(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(says("Here it is."), to="Was it lost?")
    await page.write("Was it lost?")
    await page.opens()
    await breaks_at(page, "client_message")
    await page.send()
    await page.shows("Here it is.")
    assert len(engine.asked("Was it lost?")) == 1
    assert await page.draft() == ""
    assert await page.page.get_by_text("Was it lost?", exact=True).count() >= 1


async def test_a_later_message_that_was_lost_is_answered_below_the_others(
    page: Tab, engine: FakeEngine
) -> None:
    engine.enqueue(says("One."), to="First")
    engine.enqueue(says("Two."), to="Second")
    await say(page, "First")
    await page.shows("Regenerate")
    await page.write("Second")
    await page.opens()
    await breaks_at(page, "client_message")
    await page.send()
    await page.shows("Two.")
    (request,) = engine.asked("Second")
    assert request.said == ["First", "One.", "Second"]


async def test_an_edit_that_was_lost_is_answered(page: Tab, engine: FakeEngine) -> None:
    engine.enqueue(says("One."), to="Before")
    engine.enqueue(says("Two."), to="After")
    await say(page, "Before")
    await page.shows("Regenerate")
    await breaks_at(page, "edit_message")
    await page.edit("Before", "After")
    await page.shows("Two.")
    (request,) = engine.asked("After")
    assert request.said == ["After"]


async def test_a_message_that_came_is_not_sent_again_as_the_page_returns(
    page: Tab, engine: FakeEngine
) -> None:
    engine.enqueue(says("Once."), to="Only this")
    await say(page, "Only this")
    await page.shows("Regenerate")
    await breaks_at(page, "window_message")
    async with page.page.expect_websocket():
        await page.page.evaluate("() => window.postMessage({warmlineAsks: 'names'}, origin)")
    await say(page, "And then?")
    request = await engine.request("And then?")
    assert request.said == ["Only this", "Once.", "And then?"]
    assert len(engine.asked("Only this")) == 1


async def test_a_lost_message_comes_back_to_the_composer_where_the_gate_has_closed(
    page: Tab, engine: FakeEngine, chat: Product
) -> None:
    await page.write("Not now")
    await page.opens()
    await page.page.evaluate(LOSES, "client_message")
    await page.send()
    await page.page.wait_for_function("() => window.hasLost")
    await engine.close()
    await chat.phase("lost")
    await breaks_at(page, "window_message")
    await page.page.evaluate("() => window.postMessage({warmlineAsks: 'names'}, origin)")
    await page.page.wait_for_function(
        f"() => document.querySelector('{COMPOSER}').value === 'Not now'"
    )
    assert engine.asked("Not now") == []


async def test_a_lost_message_is_not_sent_into_another_conversation(
    page: Tab, engine: FakeEngine
) -> None:
    await say(page, "First")
    await page.shows("Regenerate")
    await page.write("Only here")
    await page.opens()
    await page.page.evaluate(LOSES, "client_message")
    await page.send()
    await page.page.wait_for_function("() => window.hasLost")
    async with page.page.expect_websocket():
        await page.page.click("#new-chat-button")
        await page.page.click("#confirm")
    await say(page, "Elsewhere")
    request = await engine.request("Elsewhere")
    assert request.said == ["Elsewhere"]
    assert engine.asked("Only here") == []


async def test_an_enter_while_the_page_connects_anew_sends_as_soon_as_it_can(
    page: Tab, engine: FakeEngine
) -> None:
    """A conversation that is opened connects twice; Chainlit takes no Enter in between."""
    engine.enqueue(says("Here it is."), to="Am I heard?")
    await page.write("Am I heard?")
    await page.opens()
    await page.go_offline()
    await page.closes()
    await page.send()
    await page.come_back()
    await page.shows("Here it is.")
    assert await page.draft() == ""


async def test_an_enter_that_waits_is_forgotten_when_the_text_changes(
    page: Tab, engine: FakeEngine
) -> None:
    await page.write("Am I heard?")
    await page.opens()
    await page.go_offline()
    await page.closes()
    await page.send()
    await page.write("No, this one")
    await page.come_back()
    await page.opens()
    await page.write("This one")
    await page.send()
    await page.shows("Hello from the engine.")
    assert engine.asked("Am I heard?") == engine.asked("No, this one") == []
