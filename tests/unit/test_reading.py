"""The page behind a link, whatever the store says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from backend.errors import NotFoundError, StoreUnavailableError, WarmlineError
from backend.reading import Links
from backend.store.records import Thread
from backend.wiring import Services
from config.branding import load_branding

MOMENT = datetime(2026, 5, 4, tzinfo=UTC)
TALK = Thread(id="t", name="Seas", metadata={}, created_at=MOMENT, updated_at=MOMENT, entries=())


class Shares:
    """A store that finds a thread behind each token, or fails."""

    def __init__(self, failure: WarmlineError | None = None) -> None:
        self._failure = failure

    async def open(self, token: str) -> Thread:
        if self._failure is not None:
            raise self._failure
        return TALK


def links(failure: WarmlineError | None = None) -> Links:
    settings = SimpleNamespace(public_path="/chat")
    store = SimpleNamespace(shares=Shares(failure))
    services = SimpleNamespace(store=store, settings=settings, branding=load_branding())
    return Links(cast(Services, services))


async def test_a_link_shows_its_conversation_below_the_sub_path() -> None:
    page = await links().open("token", "en-US")
    assert page.status == 200
    assert "<h1>Seas</h1>" in page.html
    assert 'href="/chat/public/shared.css"' in page.html


@pytest.mark.parametrize(
    ("failure", "status", "sentence"),
    [
        (NotFoundError(what="share"), 404, "This link leads to no conversation."),
        (StoreUnavailableError("refused at 10.1.2.3"), 503, "Please try again soon."),
    ],
)
async def test_where_nothing_can_be_read_the_page_says_why(
    failure: WarmlineError, status: int, sentence: str
) -> None:
    page = await links(failure).open("token", "en-US")
    assert page.status == status
    assert sentence in page.html
    assert "10.1.2.3" not in page.html


async def test_the_reader_is_spoken_to_in_their_language() -> None:
    page = await links(NotFoundError(what="share")).open("token", "zh-TW,zh;q=0.9")
    assert '<html lang="zh-CN">' in page.html
    assert "没有可阅读的内容" in page.html
