"""The live panel: one look for all pages that show it, none where nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

from backend.readiness.live import LiveNumbers
from backend.ui.page import Page
from backend.ui.panel import LOOK_SECONDS, MAX_LOOK_SECONDS, LivePanel
from backend.ui.sessions import ChatSessions
from backend.ui.texts import Language

NUMBERS = LiveNumbers(
    num_waiting=2, tokens_per_second=1212.4, kv_cache_usage=0.041, prefix_hit_rate=0.61
)
SHOWN = [
    "online 2",
    "waiting 2",
    "1,212 tok/s",
    "KV cache 4 %",
    "prefix hits 61 %",
]
UNKNOWN = ["online 2", "waiting —", "— tok/s", "KV cache — %", "prefix hits — %"]


class PageOf:
    """A page that keeps what its script is told."""

    def __init__(self, session_id: str, language: Language = "en") -> None:
        self.session_id = session_id
        self.language = language
        self.told: list[list[str]] = []

    async def tell_script(self, kind: str, data: dict[str, Any]) -> None:
        assert kind == "panel"
        self.told.append([item["text"] for item in data["items"]])


class World:
    """Two pages, an engine that is looked at, and time that passes by hand."""

    def __init__(self) -> None:
        self.ada, self.bob = PageOf("ada"), PageOf("bob", "zh-CN")
        self.here = [self.ada, self.bob]
        self.engine: LiveNumbers | None = NUMBERS
        self.num_looks = 0
        self.slept: list[float] = []
        self._due = asyncio.Event()
        self.panel = LivePanel(cast(ChatSessions, self), self._look, sleep=self._sleep)

    @property
    def num_connected(self) -> int:
        return len(self.here)

    def connected(self) -> Iterator[tuple[PageOf, None]]:
        return ((page, None) for page in self.here)

    def show(self, page: PageOf) -> None:
        self.panel.show(cast(Page, page))

    def hide(self, page: PageOf) -> None:
        self.panel.hide(cast(Page, page))

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def tick(self) -> None:
        """Let the time pass that is slept now."""
        self._due.set()
        await self.settle()

    async def _look(self) -> LiveNumbers | None:
        self.num_looks += 1
        return self.engine

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._due.clear()
        await self._due.wait()


async def test_nobody_watches_and_nothing_is_asked() -> None:
    world = World()
    await world.settle()
    assert world.num_looks == 0


async def test_all_who_watch_are_told_of_one_look_each_in_their_language() -> None:
    world = World()
    world.show(world.ada)
    world.show(world.bob)
    await world.settle()
    assert world.num_looks == 1
    assert world.ada.told == [SHOWN]
    assert world.bob.told[0][2] == "1,212 token/秒"


async def test_there_is_a_look_every_two_seconds_until_nobody_watches() -> None:
    world = World()
    world.show(world.ada)
    await world.settle()
    await world.tick()
    assert (world.num_looks, set(world.slept)) == (2, {LOOK_SECONDS})
    world.hide(world.ada)
    await world.tick()
    await world.tick()
    assert world.num_looks == 2
    world.show(world.ada)
    await world.settle()
    assert world.num_looks == 3


async def test_a_page_that_has_gone_is_told_nothing_until_it_asks_again() -> None:
    world = World()
    world.show(world.ada)
    await world.settle()
    world.here = [world.bob]
    await world.tick()
    world.here = [world.ada, world.bob]
    await world.tick()
    assert world.ada.told == [SHOWN]


async def test_an_engine_that_does_not_answer_is_asked_less_often_and_nothing_old_is_shown() -> (
    None
):
    world = World()
    world.show(world.ada)
    await world.settle()
    world.engine = None
    for _ in range(4):
        await world.tick()
    assert world.ada.told == [SHOWN, *[UNKNOWN] * 4]
    assert world.slept == [LOOK_SECONDS, 4.0, *[MAX_LOOK_SECONDS] * 3]
    world.engine = NUMBERS
    await world.tick()
    assert world.ada.told[-1] == SHOWN
    assert world.slept[-1] == LOOK_SECONDS
