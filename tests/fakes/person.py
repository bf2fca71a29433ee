"""A person at the page, without the browser: speaks Chainlit 2.12's socket protocol.

    async with Person(url) as person:
        question = await person.send("Who are you?")
        await person.until(lambda: "I am" in person.page.reply_to(question))
        await person.stop()

The composer of a real page would not send while `page.loading`; this one sends all the same, as a
raw client does.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
import socketio

from tests.fakes.changes import Changes
from tests.fakes.page_state import PageState, Payload

T = TypeVar("T")
SOCKET_PATH = "/ws/socket.io"


@dataclass(frozen=True)
class Event:
    """One event of the socket; `at` is the event loop's time in seconds."""

    name: str
    data: Any
    at: float


class BrowserJson:
    """JSON as a browser writes it: UTF-8 where Python's own would escape."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=False, **options)


class Person:
    """One tab of one person's browser.

    Args:
        url: the chat's, without a slash at the end.
        language: of the browser, as in `Accept-Language`.
        origin: the page's; another one plays a foreign site.
        profile: of new chats, as the page's header has it.
    """

    def __init__(
        self, url: str, *, language: str = "en-US", origin: str | None = None, profile: str = ""
    ) -> None:
        self.url = url
        self.profile = profile
        self.session_id = str(uuid.uuid4())
        self.page = PageState()
        self.events: list[Event] = []
        self._headers = {"Origin": origin or url, "Accept-Language": language}
        self._changes = Changes(seen=lambda: self.page.text() or "an empty page")
        self._line = socketio.AsyncClient(reconnection=False)

    def reload(self) -> None:
        """Load the page again: what was in it is gone, the thread's address stays."""
        self.session_id = str(uuid.uuid4())
        self.page = PageState(thread_id=self.page.thread_id)

    async def open(self, thread_id: str) -> None:
        """Go to a thread by its address, as a link of the sidebar does."""
        await self.leave()
        self.page.thread_id = thread_id
        self.reload()
        await self.connect()

    async def leave(self) -> None:
        """Close the tab."""
        await self._line.disconnect()

    async def __aenter__(self) -> Self:
        # unsafe: cookies of an address without a name too
        self._http = aiohttp.ClientSession(
            headers=self._headers, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        try:
            await self._load_page()
            await self.connect()
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._line.disconnect()
        await self._http.close()

    # -- the connection ---------------------------------------------------------------------------

    async def _load_page(self) -> None:
        async with self._http.get(f"{self.url}/") as response:
            response.raise_for_status()
        body = {"session_id": self.session_id}
        async with self._http.post(f"{self.url}/set-session-cookie", json=body) as response:
            response.raise_for_status()

    async def connect(self, *, says_so: bool = True) -> None:
        """Open the socket, or open it again: with the same session, as the page does.

        Args:
            says_so: tells the chat that it is connected, as the page does at once.

        Raises:
            socketio.exceptions.ConnectionError: the chat refuses it.
        """
        self._line = socketio.AsyncClient(
            reconnection=False, http_session=self._http, handle_sigint=False, json=BrowserJson
        )
        self._line.on("*", self._on_event)
        self._line.on("disconnect", self._on_disconnect)
        auth = {
            "clientType": "webapp",
            "sessionId": self.session_id,
            "threadId": self.page.thread_id,
            "userEnv": "{}",
            "chatProfile": quote(self.profile),
        }
        await self._line.connect(
            self.url,
            headers=self._headers,
            auth=auth,
            transports=["websocket"],
            socketio_path=SOCKET_PATH,
        )
        if says_so:
            await self._line.emit("connection_successful")
            await self._line.emit("fetch_favorites")

    async def lose_network(self) -> None:
        """The connection is gone, both ways and without a word."""
        line: socket.socket = self._line.eio.ws.get_extra_info("socket")
        line.shutdown(socket.SHUT_RDWR)
        await self.until(lambda: not self._line.connected, "the connection is lost")

    @property
    def resume_error(self) -> str:
        """Why the thread that it asked for is not shown; empty if it is."""
        return next((e.data for e in self.events if e.name == "resume_thread_error"), "")

    @property
    def connected(self) -> bool:
        return bool(self._line.connected)

    # -- what the person does ---------------------------------------------------------------------

    async def send(self, text: str) -> str:
        """Send a message; returns its id."""
        message_id = str(uuid.uuid4())
        step = {
            "threadId": "",
            "id": message_id,
            "name": "User",
            "type": "user_message",
            "output": text,
            "createdAt": datetime.datetime.now(datetime.UTC).isoformat(),
            "metadata": {"location": f"{self.url}/"},
        }
        self.page.apply("new_message", step)
        self.page.draft = ""
        await self._line.emit("client_message", {"message": step, "fileReferences": []})
        return message_id

    async def edit(self, message_id: str, text: str) -> None:
        """Change a message: what is below it goes from the page at once."""
        self.page.remove_below(message_id)
        edited = {**self.page.steps[message_id], "output": text}
        await self._line.emit("edit_message", {"message": edited})

    async def stop(self) -> None:
        """Press Stop."""
        self.page.loading = False
        await self._line.emit("stop")

    async def press(self, name: str) -> int:
        """Press the last button of an action by its name; returns the HTTP status."""
        return await self.act(await self.button(name))

    async def post(self, word: object) -> None:
        """A script posts a message to the page's window, which the page hands on."""
        await self._line.emit("window_message", word)

    async def ask_server(self, what: str, answer: str, **more: Any) -> Any:
        """As a script of the page asks the server: the data of the answer of that kind."""
        self.page.words.pop(answer, None)
        await self.post({"warmlineAsks": what, **more})
        await self.until(lambda: answer in self.page.words, f"an answer {answer!r} to {what!r}")
        return self.page.words[answer]

    async def button(self, name: str) -> Payload:
        """The last button of an action, as soon as one is seen."""

        def seen() -> list[Payload]:
            return [action for action in self.page.buttons() if action["name"] == name]

        return (await self.until(seen, f"a button {name!r}"))[-1]

    async def act(self, action: Payload) -> int:
        """Ask for any action, whether the page shows it or not; returns the HTTP status."""
        body = {"sessionId": self.session_id, "action": action}
        async with self._http.post(f"{self.url}/project/action", json=body) as response:
            await response.read()
            return response.status

    # -- the history ------------------------------------------------------------------------------

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """What the page asks for beside its socket: the status, and the JSON or the text."""
        async with self._http.request(method, f"{self.url}{path}", json=body) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            return response.status, await (response.json() if is_json else response.text())

    async def threads(self, search: str | None = None, cursor: str | None = None) -> list[Payload]:
        """The sidebar's threads, the last active first."""
        body = {"pagination": {"first": 35, "cursor": cursor}, "filter": {"search": search}}
        status, page = await self.request("POST", "/project/threads", body)
        assert status == 200, page
        threads: list[Payload] = page["data"]
        return threads

    # -- what the person sees ---------------------------------------------------------------------

    async def until(
        self, holds: Callable[[], T], what: str = "the page shows it", within_seconds: float = 10.0
    ) -> T:
        """The first true value of `holds`, tried after each event."""
        return await self._changes.until(holds, what, within_seconds)

    async def hears(self, event: str, since: int = 0) -> None:
        """Return as soon as an event of that name has come."""
        await self.until(lambda: event in [e.name for e in self.events[since:]], f"{event} comes")

    async def shows(self, text: str, within_seconds: float = 10.0) -> None:
        """Return as soon as the text is anywhere on the page."""
        await self.until(
            lambda: text in self.page.text(), f"the page shows {text!r}", within_seconds
        )

    async def sees_gate(self, *, within_seconds: float = 20.0, **fields: Any) -> None:
        """Return as soon as the gate's card has these fields."""
        await self.until(
            lambda: self.page.gate.items() >= fields.items(),
            f"a card with {fields}",
            within_seconds,
        )

    async def ask(self, text: str, within_seconds: float = 15.0) -> str:
        """Send a message and return the reply as it is shown when the chat is done with it."""
        before = len(self.events)
        message_id = await self.send(text)
        await self.done(before, within_seconds)
        return self.page.reply_to(message_id)

    async def done(self, since: int, within_seconds: float = 15.0) -> None:
        """Return when a reply has got its buttons and the composer is free, since an event."""

        def buttons(events: list[Event]) -> set[str]:
            return {event.data["id"] for event in events if event.name == "action"}

        def over() -> bool:
            new = buttons(self.events[since:]) - buttons(self.events[:since])
            return bool(new) and not self.page.loading

        await self.until(over, "the reply ends", within_seconds)

    async def _on_event(self, name: str, data: Any = None, *more: Any) -> None:
        self.events.append(Event(name, data, asyncio.get_running_loop().time()))
        self.page.apply(name, data)
        self._changes.tell()

    async def _on_disconnect(self, *reason: Any) -> None:
        self._changes.tell()
