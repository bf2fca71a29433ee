"""A chat of a few lines that speaks Chainlit's protocol: what `Person` and `Tab` are tried on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import socketio
from aiohttp import web

from tests.fakes.server import LOOPBACK, LoopbackServer

PAGE = """<!doctype html><link rel="preconnect" href="https://fonts.example.org">
<textarea id="chat-input"></textarea><button id="chat-submit" disabled>Send</button>
<main></main>
<script>
  const [box, send] = [document.querySelector('textarea'), document.querySelector('button')];
  box.oninput = () => { send.disabled = !box.value };
  box.onkeydown = event => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    document.querySelector('main').innerHTML +=
        `<div data-step-type="user_message">${box.value}</div>`;
    box.value = '';
  };
  console.error('something is wrong');
</script>"""


@dataclass
class Chat:
    """Echoes each message; remembers who came and what was pressed."""

    url: str
    sessions: list[str] = field(default_factory=list)
    events: list[tuple[str, Any]] = field(default_factory=list)
    pressed: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def running_chat() -> AsyncIterator[Chat]:
    sockets = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
    app = web.Application()
    sockets.attach(app, socketio_path="/ws/socket.io")
    server = LoopbackServer(app)
    chat = Chat(f"http://{LOOPBACK}:{server.port}")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def cookie(_: web.Request) -> web.Response:
        return web.json_response({})

    async def action(request: web.Request) -> web.Response:
        chat.pressed.append(await request.json())
        return web.json_response({"success": True})

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, str]) -> None:
        chat.sessions.append(auth["sessionId"])

    async def client_message(sid: str, payload: dict[str, Any]) -> None:
        text = payload["message"]["output"]
        reply_id = f"reply to {text}"
        reply = {"id": reply_id, "type": "assistant_message", "output": ""}
        await sockets.emit("task_start", to=sid)
        await sockets.emit("stream_start", reply, to=sid)
        await sockets.emit("stream_token", {"id": reply_id, "token": f"You said {text}"}, to=sid)
        button = {"id": f"retry {reply_id}", "name": "retry", "label": "Retry"}
        await sockets.emit("action", button, to=sid)
        await sockets.emit("task_end", to=sid)

    async def other(event: str, sid: str, data: Any = None) -> None:
        chat.events.append((event, data))
        await sockets.emit("toast", {"message": f"got {event}"}, to=sid)

    app.router.add_get("/", page)
    app.router.add_post("/set-session-cookie", cookie)
    app.router.add_post("/project/action", action)
    sockets.on("connect", connect)
    sockets.on("client_message", client_message)
    sockets.on("*", other)
    async with server:
        yield chat
