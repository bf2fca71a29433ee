"""What a page knows of the gate, and when its composer is free."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from backend.readiness.gate import GateState, Phase
from backend.store import address
from backend.store.store import Store
from backend.ui.gate_card import GateCard
from backend.ui.page import Page
from backend.ui.session import ChatSession
from backend.ui.sessions import ChatSessions
from backend.ui.threads import LiveThreads
from tests.unit.ui.recorded import Around, Browser, says_until_stopped

WARMING_UP = GateState(phase=Phase.WARMING_UP)


@dataclass
class AroundCard(Around):
    """The services that a card needs as well."""

    watch: Any = None
    settings: Any = None

    def __post_init__(self) -> None:
        self.watch = SimpleNamespace(report=None)
        self.settings = SimpleNamespace(is_for_this_machine_alone=True)


@dataclass
class SlowBrowser(Browser):
    """The gate opens while its first card of a closed one is on the way."""

    around: Around | None = None

    async def emit(self, event: str, data: Any) -> None:
        await super().emit(event, data)
        if self.around is not None and data.get("warmline") == "gate":
            around, self.around = self.around, None
            around.open_gate()


def cards(browser: Browser) -> list[dict[str, Any]]:
    """The gate's cards that the page was told, in order."""
    return [told["data"] for told in browser.sent("window_message") if told["warmline"] == "gate"]


def sessions_of(browser: Browser, chat: ChatSession) -> ChatSessions:
    """This page is the only one that is connected."""

    def connected() -> Iterator[tuple[Page, ChatSession]]:
        yield browser.page, chat

    return cast(ChatSessions, SimpleNamespace(connected=connected))


async def test_the_composer_is_free_only_after_the_page_knows_that_the_gate_is_open(
    tmp_path: Path,
) -> None:
    store = Store(address.of_file(tmp_path / "history.db"))
    around = AroundCard(store)
    browser = SlowBrowser(around=around)
    chat = ChatSession(around.services, browser.page, LiveThreads(around.services))
    interval = asyncio.Event()

    async def between_two_cards(_: float) -> None:
        interval.set()
        await asyncio.sleep(0)

    GateCard(around.services, sessions_of(browser, chat), sleep=between_two_cards)
    around.gate.move(WARMING_UP)
    await interval.wait()
    assert around.gate.is_open
    was_locked = browser.locked  # the page still believes that it is closed

    interval.clear()
    await interval.wait()
    assert [card["open"] for card in cards(browser)] == [False, True]
    assert (was_locked, browser.locked) == (True, False)
    await store.close()


async def test_the_card_of_a_closed_gate_says_whether_there_is_something_to_stop(
    tmp_path: Path,
) -> None:
    store = Store(address.of_file(tmp_path / "history.db"))
    around = AroundCard(store)
    browser, shown = Browser(), asyncio.Event()
    chat = ChatSession(around.services, browser.page, LiveThreads(around.services))
    nobody = cast(ChatSessions, SimpleNamespace(connected=list))
    card = GateCard(around.services, nobody)
    around.open_gate()
    around.runner.scripts.append(says_until_stopped("One", shown))
    await chat.answer("question", "Count")
    await shown.wait()
    around.gate.move(GateState(phase=Phase.LOST))
    await card.show(browser.page, chat)
    await chat.stop()
    await around.all_turns_end()
    await card.show(browser.page, chat)
    assert [told["turnRuns"] for told in cards(browser) if not told["open"]] == [True, False]
    await store.close()
