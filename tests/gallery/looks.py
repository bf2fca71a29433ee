"""How visitors see the page: language, theme, size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes.browser import RunningBrowser
from tests.gallery.scenes import Visitor

LAPTOP, PHONE = (1280, 760), (390, 780)


@dataclass(frozen=True)
class Look:
    """How a visitor sees the page."""

    language: str
    theme: str
    is_phone: bool = False

    @property
    def name(self) -> str:
        """The end of a picture's name."""
        ending = "-phone" if self.is_phone else ""
        return f"{self.language[:2]}-{self.theme}{ending}"


LOOKS = (
    Look("en", "light"),
    Look("en", "dark"),
    Look("zh-CN", "light"),
    Look("zh-CN", "dark"),
    Look("en", "light", is_phone=True),
    Look("zh-CN", "dark", is_phone=True),
)


@asynccontextmanager
async def visit(browser: RunningBrowser, url: str, look: Look) -> AsyncIterator[Visitor]:
    """Open the page as this visitor sees it."""
    size = PHONE if look.is_phone else LAPTOP
    locale = "en-US" if look.language == "en" else look.language
    async with browser.tab(url, locale=locale, size=size, is_dark=look.theme == "dark") as tab:
        yield Visitor(tab, look.language, look.is_phone)
