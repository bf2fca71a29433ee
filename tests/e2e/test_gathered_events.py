"""What the server says at once, the page takes up at once: one task, not one for each event."""

from __future__ import annotations

import pytest
from aiohttp import web

from tests.fakes.browser import RunningBrowser
from tests.fakes.product import ROOT
from tests.fakes.server import LOOPBACK, LoopbackServer

# Between two tasks of a page its microtasks run; within one task they wait.
HEARD = """(url) => new Promise((resolve) => {
    const socket = new WebSocket(url), heard = [];
    socket.onmessage = ({ data }) => {
        heard.push(data);
        queueMicrotask(() => heard.push("drawn"));
        if (data === "last") setTimeout(() => resolve(heard), 100);
    };
})"""

IS_HIDDEN = "(hidden) => Object.defineProperty(document, 'hidden', { get: () => hidden })"


async def speak(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for word in ("first", "second", "last"):
        await socket.send_str(word)
    await socket.receive()
    return socket


async def show(_: web.Request) -> web.Response:
    return web.Response(text="<script src=frames.js></script>", content_type="text/html")


async def give_script(_: web.Request) -> web.FileResponse:
    return web.FileResponse(ROOT / "public" / "frames.js")


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_events_that_come_at_once_are_one_task_where_the_page_is_seen(
    browser: RunningBrowser, is_hidden: bool
) -> None:
    app = web.Application()
    app.router.add_get("/", show)
    app.router.add_get("/frames.js", give_script)
    app.router.add_get("/words", speak)
    async with LoopbackServer(app) as server, browser.empty_tab() as tab:
        await tab.page.goto(f"http://{LOOPBACK}:{server.port}/")
        await tab.page.evaluate(IS_HIDDEN, is_hidden)
        heard = await tab.page.evaluate(HEARD, f"ws://{LOOPBACK}:{server.port}/words")
    words = ["first", "second", "last"]
    assert [word for word in heard if word != "drawn"] == words
    assert (heard == [*words, "drawn", "drawn", "drawn"]) is not is_hidden
