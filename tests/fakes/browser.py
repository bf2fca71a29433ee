"""A person's real browser: Debian's Chromium, headless, through Playwright.

    async with open_browser() as browser, browser.tab(url) as tab:
        await tab.write("Hello")
        await tab.send()
        await tab.shows("Hello from the engine.")

Every wait is Playwright's own, for at most `WAIT_SECONDS` unless told otherwise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebSocket,
    async_playwright,
)

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_SECONDS = 10.0
WIRE_SCHEMES = frozenset({"http", "https", "ws", "wss"})
COMPOSER, SEND, STOP = "#chat-input", "#chat-submit", "#stop-button"
SOCKET_PATH = "/ws/socket.io"

IS_OPEN = f"() => document.querySelector('{SEND}')?.disabled === false"
IS_CLOSED = f"() => document.querySelector('{SEND}')?.disabled !== false"
DRAFT = f"() => document.querySelector('{COMPOSER}').value"
LAST_REPLY = """() => {
    const all = [...document.querySelectorAll("[data-step-type$=_message]")];
    const question = all.findLastIndex((each) => each.dataset.stepType === "user_message");
    return question < 0 ? [] : all.slice(question + 1).map((each) => each.innerText);
}"""
# preconnect and prefetch links leave the machine without being a request
GREETED = "() => [...document.querySelectorAll('link[rel*=pre],link[rel*=dns]')].map(l => l.href)"


@dataclass
class Tab:
    """One tab with a profile of its own, open at the chat."""

    page: Page
    context: BrowserContext
    urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note every request, and every error of the console or of a script."""

        def on_request(request: Request) -> None:
            self.urls.append(request.url)

        def on_socket(socket: WebSocket) -> None:
            self.urls.append(socket.url)

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        self.context.on("request", on_request)
        self.page.on("websocket", on_socket)
        self.page.on("console", on_console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        """Go to the chat and wait for its composer."""
        await self.page.goto(url, wait_until="commit")
        await self.page.wait_for_selector(COMPOSER, timeout=3 * WAIT_SECONDS * 1000)
        await self.page.evaluate("() => { window.sameDocument = true }")

    async def is_same_document(self) -> bool:
        """Whether the page was never loaded again since `open`."""
        return bool(await self.page.evaluate("() => window.sameDocument === true"))

    async def outside(self) -> list[str]:
        """The addresses beyond this machine that the page has asked for, or would greet."""
        urls = [*self.urls, *await self.page.evaluate(GREETED)]
        return [url for url in urls if not _is_loopback(url)]

    # -- the composer -----------------------------------------------------------------------------

    async def write(self, text: str) -> None:
        """Put a draft into the composer, in place of what is there."""
        await self.page.fill(COMPOSER, text)

    async def paste(self, text: str) -> None:
        """Insert a text at once, as from the clipboard."""
        await self.page.focus(COMPOSER)
        await self.page.keyboard.insert_text(text)

    async def draft(self) -> str:
        """What stands in the composer."""
        return str(await self.page.evaluate(DRAFT))

    async def is_open(self) -> bool:
        """Whether the composer, with a draft in it, would send."""
        return bool(await self.page.evaluate(IS_OPEN))

    async def opens(self, within_seconds: float = WAIT_SECONDS) -> None:
        """Return as soon as the composer, with a draft in it, would send."""
        await self.page.wait_for_function(IS_OPEN, timeout=within_seconds * 1000)

    async def closes(self, within_seconds: float = WAIT_SECONDS) -> None:
        """Return as soon as the composer would not send."""
        await self.page.wait_for_function(IS_CLOSED, timeout=within_seconds * 1000)

    async def send(self) -> None:
        """Press Enter in the composer."""
        await self.page.press(COMPOSER, "Enter")

    async def stop(self) -> None:
        """Press Stop."""
        await self.page.click(STOP)

    async def edit(self, before: str, after: str) -> None:
        """Change a message of one's own that holds the text `before`."""
        mine = self.page.locator('[data-step-type="user_message"]', has_text=before).last
        await mine.hover()
        await mine.locator("button.edit-message").click()
        await self.page.fill("#edit-chat-input", after)
        await self.page.click("button.confirm-edit")

    async def press(self, label: str) -> None:
        """Press the last button of that name."""
        await self.page.get_by_role("button", name=label).last.click()

    # -- what is on the page ----------------------------------------------------------------------

    async def text(self) -> str:
        """All visible text."""
        return await self.page.inner_text("body")

    async def messages(self, kind: str) -> list[str]:
        """The texts of `user_message` or `assistant_message`, from the top."""
        return await self.page.locator(f'[data-step-type="{kind}"]').all_inner_texts()

    async def replied(self, within_seconds: float) -> None:
        """Return as soon as something stands below the last question."""
        found = f"() => ({LAST_REPLY})().length > 0"
        await self.page.wait_for_function(found, timeout=within_seconds * 1000)

    async def last_reply(self) -> str:
        """All that stands below the last question, notices and buttons included."""
        return "\n".join(await self.page.evaluate(LAST_REPLY))

    async def shows(self, text: str, within_seconds: float = WAIT_SECONDS) -> None:
        """Return as soon as the text is on the page."""
        found = "text => document.body.innerText.includes(text)"
        await self.page.wait_for_function(found, arg=text, timeout=within_seconds * 1000)

    # -- the network ------------------------------------------------------------------------------

    async def go_offline(self) -> None:
        """The network is gone: open connections too."""
        await self.context.set_offline(True)

    async def come_back(self) -> None:
        """The network is there again; returns when the page has opened its socket again."""
        async with self.page.expect_event(
            "websocket", lambda socket: SOCKET_PATH in socket.url, timeout=2 * WAIT_SECONDS * 1000
        ):
            await self.context.set_offline(False)

    async def screenshot(self, path: Path) -> None:
        """Keep what is seen now, as PNG."""
        await self.page.screenshot(path=path)


@dataclass
class RunningBrowser:
    """Chromium, as a process of its own; each tab has its own profile."""

    browser: Browser

    @asynccontextmanager
    async def tab(
        self,
        url: str,
        *,
        locale: str = "en-US",
        size: tuple[int, int] = (1280, 720),
        is_dark: bool = False,
        screenshot_on_failure: Path | None = None,
    ) -> AsyncIterator[Tab]:
        """A tab of a fresh profile at the chat; keeps a picture when the block fails."""
        async with self.empty_tab(locale=locale, size=size, is_dark=is_dark) as tab:
            try:
                await tab.open(url)
                yield tab
            except BaseException:
                if screenshot_on_failure is not None:
                    await tab.screenshot(screenshot_on_failure)
                raise

    @asynccontextmanager
    async def empty_tab(
        self, *, locale: str = "en-US", size: tuple[int, int] = (1280, 720), is_dark: bool = False
    ) -> AsyncIterator[Tab]:
        """A tab of a fresh profile that has not gone anywhere yet."""
        context = await self.browser.new_context(
            locale=locale,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if is_dark else "light",
        )
        context.set_default_timeout(WAIT_SECONDS * 1000)
        tab = Tab(await context.new_page(), context)
        tab.watch()
        try:
            yield tab
        finally:
            await context.close()


@asynccontextmanager
async def open_browser() -> AsyncIterator[RunningBrowser]:
    """Start Chromium; it ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield RunningBrowser(browser)
        finally:
            await browser.close()


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme not in WIRE_SCHEMES or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
