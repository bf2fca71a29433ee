"""One person who goes on chatting whatever happens, and remembers what their page said."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

import aiohttp
import socketio.exceptions

from tests.fakes.page_state import PageState
from tests.fakes.person import Person

LOST = (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError)
REPLY_SECONDS = 45.0
AGAIN_SECONDS = 0.3


@dataclass
class Sent:
    """A message: its last text, and those that an edit may have given it."""

    text: str
    may_be: set[str] = field(default_factory=set)
    was_shown_as_sent: bool = False  # its reply began
    was_refused: bool = False  # taken back, its text in the composer
    may_be_gone: bool = False  # something above it was edited, or a reply asked for anew


class Talker:
    """Sends, waits, stops, edits, continues and asks again, at random.

    Args:
        name: what each of their messages begins with.
        url: of the chat.
        rng: decides what they do.
    """

    def __init__(self, name: str, url: str, rng: random.Random) -> None:
        self.name = name
        self.person = Person(url)
        self.sent: dict[str, Sent] = {}
        self.num_refused = 0
        self._rng = rng
        self._num_messages = 0
        self._seen_events = 0

    async def talk(self, until: asyncio.Event) -> None:
        """Chat until told to stop."""
        while not until.is_set():
            with contextlib.suppress(*LOST, AssertionError):
                await self._comes_back()
                await self._one_thing()
            await asyncio.sleep(self._rng.uniform(0.05, AGAIN_SECONDS))

    async def drop(self) -> None:
        """The network goes away; `talk` brings it back."""
        with contextlib.suppress(*LOST, AssertionError, AttributeError):
            await self.person.lose_network()

    async def last_word(self, within_seconds: float) -> None:
        """A composer that works: a message is answered, and the composer is free again.

        Raises:
            AssertionError: it is stuck.
        """
        text = f"{self.name} last"
        async with asyncio.timeout(within_seconds):
            while True:
                with contextlib.suppress(*LOST, AssertionError):
                    await self._comes_back()
                    await self.person.until(lambda: not self.person.page.loading, "it is free")
                    if await self._say(text):
                        return
                await asyncio.sleep(AGAIN_SECONDS)

    async def shown_after_a_reload(self) -> PageState:
        """What the page shows that is loaded anew."""
        thread_id = self.person.page.thread_id
        if thread_id:
            before = len(self.person.events)
            await self.person.open(thread_id)
            await self.person.hears("resume_thread", since=before)
            await self.person.until(lambda: not self.person.page.loading, "it is free")
        return self.person.page

    # -- one thing after another ------------------------------------------------------------------

    async def _comes_back(self) -> None:
        if not self.person.connected:
            await self.person.connect()

    async def _one_thing(self) -> None:
        page = self.person.page
        if page.loading:
            await self._while_it_streams()
            return
        buttons = [b for b in page.buttons() if b["name"] in ("continue", "retry", "regenerate")]
        choice = self._rng.random()
        if buttons and choice < 0.15:
            await self._press(buttons[-1]["name"])
        elif self.sent and choice < 0.25:
            await self._edit()
        else:
            await self._say(f"{self.name} {self._num_messages}")

    async def _while_it_streams(self) -> None:
        await asyncio.sleep(self._rng.uniform(0, 1.5))
        if self._rng.random() < 0.15:
            await self.person.stop()
        await self._is_over()

    async def _say(self, text: str) -> bool:
        """Send; whether a reply came to its end."""
        self._num_messages += 1
        before = len(self.person.events)
        message_id = await self.person.send(text)
        sent = self.sent[message_id] = Sent(text, {text})
        return await self._watch(message_id, sent, before)

    async def _edit(self) -> None:
        known = [i for i in self.sent if i in self.person.page.steps]
        if not known:
            return
        message_id = self._rng.choice(known)
        self._below_may_go(message_id)
        sent, before = self.sent[message_id], len(self.person.events)
        text = f"{self.name} {self._num_messages} edited"
        self._num_messages += 1
        sent.may_be.add(text)
        await self.person.edit(message_id, text)
        await self._watch(message_id, sent, before)

    async def _press(self, name: str) -> None:
        before = len(self.person.events)
        await self.person.press(name)
        await self.person.hears("stream_start", since=before)

    async def _watch(self, message_id: str, sent: Sent, before: int) -> bool:
        """What became of a message: it began to be answered, or was taken back, or who knows.

        A page that is shown everything again has had an edit refused, or was away.
        """

        def news() -> list[str]:
            return [
                event.name
                for event in self.person.events[before:]
                if event.name in ("stream_start", "resume_thread")
                or (event.name == "delete_message" and event.data["id"] == message_id)
            ]

        await self.person.until(lambda: news() or not self.person.connected, "an answer", 30)
        if not news() or news()[0] == "resume_thread":
            return False
        sent.was_refused = news()[0] == "delete_message"
        sent.was_shown_as_sent = not sent.was_refused
        self.num_refused += sent.was_refused
        if sent.was_refused:
            return False
        await self._is_over()
        return self.person.connected

    async def _is_over(self) -> None:
        """Wait until the composer is free, or the network gone."""
        await self.person.until(
            lambda: not self.person.page.loading or not self.person.connected,
            "the reply ends",
            REPLY_SECONDS,
        )

    def _below_may_go(self, message_id: str) -> None:
        ids = list(self.sent)
        for below in ids[ids.index(message_id) + 1 :]:
            self.sent[below].may_be_gone = True
