"""The page's own script for events: what comes together is handed on in one task."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.browser import Tab

# A socket that has reached nobody; the script sees what is dispatched on it before its handler.
# A number in place of an event is a pause of so many milliseconds. `got` is what the handler and
# the listener for our own scripts had, each with the task it came in.
DISPATCH = """
async ([events, hidden, closes]) => {
  const socket = new WebSocket(`ws://${location.host}/nowhere`);
  await new Promise((refused) => socket.addEventListener("close", refused, { once: true }));
  const got = [];
  let task = 0;
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const count = new MessageChannel();
  count.port1.onmessage = () => { task += 1; count.port2.postMessage(0); };
  count.port2.postMessage(0);
  if (hidden) Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  const hear = ({ detail: { kind, data } }) =>
    kind === "tried" && got.push([task, `${kind} ${JSON.stringify(data)}`]);
  window.addEventListener("warmline", hear);
  socket.onmessage = (event) => got.push([task, event.data]);
  socket.onclose = () => got.push([task, "closed"]);
  for (const data of events) {
    if (typeof data === "number") await pause(data);
    else socket.dispatchEvent(new MessageEvent("message", { data }));
  }
  got.push([task, "sent"]);
  if (closes) socket.dispatchEvent(new CloseEvent("close"));
  socket.onclose = null;
  await pause(200);
  count.port1.close();
  window.removeEventListener("warmline", hear);
  delete document.hidden;
  return got;
}
"""
LOCKED, FREE = '42["task_start",{}]', '42["task_end",{}]'
WORD = '42["window_message",{"warmline":"tried","data":{"open":true}}]'
BEGINS, TEXT = '42["stream_start",{}]', '42["stream_token",{"id":"reply","token":"One"}]'
FOREIGN = '42["window_message","to whoever embeds the page"]'


async def handed_on(
    tab: Tab, *events: str | int, hidden: bool = False, closes: bool = False
) -> list[tuple[int, str]]:
    """What was handed on, and in which task: the tasks that had something are counted from 0."""
    got: list[list[Any]] = await tab.page.evaluate(DISPATCH, [events, hidden, closes])
    tasks = sorted({task for task, _ in got})
    return [(tasks.index(task), what) for task, what in got]


async def test_what_comes_together_is_handed_on_in_one_task(page: Tab) -> None:
    handed = await handed_on(page, LOCKED, "2", FOREIGN, FREE)
    assert handed == [(0, "sent"), (1, LOCKED), (1, "2"), (1, FOREIGN), (1, FREE)]


async def test_a_word_to_our_scripts_is_told_before_the_page_draws_what_follows(page: Tab) -> None:
    handed = await handed_on(page, LOCKED, WORD, FREE)
    assert handed == [(0, "sent"), (1, LOCKED), (1, 'tried {"open":true}'), (1, FREE)]


async def test_a_reply_that_begins_is_handed_on_with_its_first_text(page: Tab) -> None:
    handed = await handed_on(page, BEGINS, 20, TEXT)
    assert handed == [(0, "sent"), (1, BEGINS), (1, TEXT)]


async def test_a_reply_without_text_is_soon_handed_on_without_it(page: Tab) -> None:
    handed = await handed_on(page, LOCKED, BEGINS, 150, TEXT)
    assert handed == [(0, LOCKED), (0, BEGINS), (1, "sent"), (2, TEXT)]


async def test_later_text_does_not_put_off_what_waits(page: Tab) -> None:
    handed = await handed_on(page, FREE, TEXT)
    assert handed == [(0, "sent"), (1, FREE), (1, TEXT)]


async def test_a_hidden_page_hears_at_once(page: Tab) -> None:
    assert await handed_on(page, LOCKED, FREE, hidden=True) == [
        (0, LOCKED),
        (0, FREE),
        (0, "sent"),
    ]


@pytest.mark.parametrize("events", [(LOCKED, FREE), (WORD, FREE)])
async def test_what_came_before_the_end_is_heard_before_it(
    page: Tab, events: tuple[str, ...]
) -> None:
    handed = await handed_on(page, *events, closes=True)
    assert [what for _, what in handed][-1] == "closed"
    assert len(handed) == len(events) + 2
