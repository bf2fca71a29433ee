"""The page's own script for frames: what comes faster than the page renders is handed on as one."""

from __future__ import annotations

from typing import Any

from tests.fakes.browser import Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import says

# A socket that reaches nobody; the script sees what is dispatched on it before its handler does.
# `render` is how long the page's work for an event takes, in milliseconds.
DISPATCH = """
async ([events, render, last]) => {
  const socket = new WebSocket(`ws://${location.host}/nowhere`);
  const got = [];
  const all = new Promise((done) => {
    socket.onmessage = (event) => {
      got.push(event.data);
      const until = performance.now() + render;
      while (performance.now() < until);
      if (event.data.includes(last)) done();
    };
  });
  for (const data of events) socket.dispatchEvent(new MessageEvent("message", { data }));
  await all;
  return got;
}
"""
OTHER = '42["task_end",{}]'


def frame(text: str, message_id: str = "1") -> str:
    return f'42["stream_token",{{"id":"{message_id}","token":"{text}","isInput":false}}]'


async def handed_on(tab: Tab, events: list[str], *, until: str) -> list[Any]:
    """What the page's handler gets of these events, up to the one that holds `until`."""
    got: list[Any] = await tab.page.evaluate(DISPATCH, [events, 30, until])
    return got


async def test_frames_that_come_while_the_page_renders_are_one(page: Tab) -> None:
    events = [frame(text) for text in "abcd"]
    assert await handed_on(page, events, until="bcd") == [frame("a"), frame("bcd")]


async def test_other_events_wait_for_the_frames_before_them(page: Tab) -> None:
    events = [frame("a"), frame("b"), OTHER, frame("c"), frame("d")]
    handed = await handed_on(page, events, until="cd")
    assert handed == [frame("a"), frame("b"), OTHER, frame("cd")]


async def test_frames_of_two_replies_are_not_mixed(page: Tab) -> None:
    events = [frame("a"), frame("b"), frame("c", "2"), OTHER]
    assert await handed_on(page, events, until="task_end") == [
        frame("a"),
        frame("b"),
        frame("c", "2"),
        OTHER,
    ]


async def test_what_is_no_text_passes_untouched(page: Tab) -> None:
    assert await handed_on(page, ["2", OTHER], until="task_end") == ["2", OTHER]


async def test_a_long_reply_is_there_in_full_and_in_order(engine: FakeEngine, page: Tab) -> None:
    text = "\n\n".join(f"paragraph {number}: `code` and **bold**" for number in range(150))
    engine.enqueue(says(text, tokens_per_second=1500), to="Long")
    await page.write("Long")
    await page.opens()
    await page.send()
    await page.shows("Regenerate", within_seconds=30)
    shown = await page.text()
    at = [shown.index(f"paragraph {number}: ") for number in range(150)]
    assert at == sorted(at)
