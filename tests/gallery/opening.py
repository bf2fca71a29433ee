"""A moving picture: the gate opens, a message that was already written is sent and answered."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from PIL import Image

from tests.fakes.browser import COMPOSER, RunningBrowser, Tab
from tests.fakes.stack import Stack
from tests.gallery.replies import SKY, teach
from tests.gallery.scenes import CARD, ENGINE, OPENS_SECONDS

FILE = "opening.webp"
SIZE = (1000, 620)
FRAME_MS = 220
LAST_MS = 2500
QUALITY = 60
MOST_BYTES = 1_000_000
PHASES = (
    ("downloading", 0.12, 34.0, 3),
    ("loading_weights", 0.38, 22.0, 4),
    ("compiling", 0.62, 14.0, 4),
    ("allocating_kv_cache", 0.78, 8.0, 2),
    ("capturing_graphs", 0.9, 4.0, 3),
)


class Camera:
    """Takes frames of a tab."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._frames: list[Image.Image] = []

    async def roll(self, num_frames: int) -> None:
        """So many frames, one after another."""
        for _ in range(num_frames):
            picture = await self._tab.page.screenshot(animations="allow", caret="initial")
            self._frames.append(Image.open(io.BytesIO(picture)).convert("RGB"))
            await asyncio.sleep(FRAME_MS / 1000)

    def save(self, file: Path) -> None:
        """Write them, the last one for longer."""
        first, *rest = self._frames
        durations = [FRAME_MS] * len(rest) + [LAST_MS]
        first.save(
            file, save_all=True, append_images=rest, duration=durations, loop=0, quality=QUALITY
        )


async def film(stack: Stack, browser: RunningBrowser, folder: Path) -> None:
    """Write the film; it must stay small enough for a page that shows it.

    Raises:
        ValueError: it is too large.
    """
    async with browser.tab(stack.chat.url, size=SIZE) as tab:
        camera = Camera(tab)
        await tab.page.wait_for_selector(CARD)
        for number, (phase, progress, eta_seconds, num_frames) in enumerate(PHASES):
            stack.status_page.show(phase, progress=progress, eta_seconds=eta_seconds, **ENGINE)
            await stack.chat.phase(phase)
            if number == 1:
                await tab.page.type(COMPOSER, SKY["en"])
            await camera.roll(num_frames)
        teach(stack.engine)
        stack.status_page.show("serving", progress=1.0)
        await stack.engine.open()
        await camera.roll(3)
        await tab.opens(OPENS_SECONDS)
        await camera.roll(4)
        await tab.send()
        await camera.roll(12)
        await tab.page.locator("[id$='.regenerate']").wait_for()
        await camera.roll(1)
        camera.save(folder / FILE)
    num_bytes = (folder / FILE).stat().st_size
    if num_bytes > MOST_BYTES:
        raise ValueError(f"{FILE} has {num_bytes:,} bytes, more than {MOST_BYTES:,}")
    print(f"{FILE}: {num_bytes / 1000:.0f} KB")  # noqa: T201
