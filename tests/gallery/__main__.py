"""Takes pictures of every scene, in both languages and both themes: `make screenshots`."""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from PIL import Image

from tests.fakes.browser import RunningBrowser, open_browser
from tests.fakes.product import ROOT
from tests.fakes.stack import Stack, running_stack
from tests.gallery.looks import LOOKS, Look, visit
from tests.gallery.opening import film
from tests.gallery.scenes import SCENES

Take = Callable[[Stack, RunningBrowser, Path], Awaitable[None]]

FOLDER = ROOT / "docs" / "screenshots"
QUALITY = 82  # of WebP: text stays sharp, a picture has 15 to 40 KB


async def take_pictures(
    stack: Stack, browser: RunningBrowser, folder: Path, looks: Sequence[Look]
) -> None:
    """Play all scenes with these looks."""
    async with AsyncExitStack() as on_exit:
        visitors = {
            look: await on_exit.enter_async_context(visit(browser, stack.chat.url, look))
            for look in looks
        }
        for scene in SCENES:
            await scene.stage(stack)
            for look, visitor in visitors.items():
                await scene.play(visitor)
                picture = await visitor.tab.page.screenshot(caret="initial")
                keep(picture, folder / f"{scene.name}-{look.name}.webp")


def pictures_in(language: str) -> Take:
    """Takes the pictures in one language, so that the history is in that language too."""
    return partial(take_pictures, looks=[look for look in LOOKS if look.language == language])


def keep(picture: bytes, file: Path) -> None:
    """Write a picture, small."""
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").save(file, quality=QUALITY, method=6)
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} KB")  # noqa: T201


def main() -> None:
    """Write all pictures and the film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="where to write")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder))


async def take_all(folder: Path) -> None:
    """One visit for each language, then the film."""
    async with open_browser() as browser:
        for take in (pictures_in("en"), pictures_in("zh-CN"), film):
            with tempfile.TemporaryDirectory() as data_dir:
                async with running_stack(
                    Path(data_dir), engine_is_open=False, has_launcher=True
                ) as stack:
                    await take(stack, browser, folder)


if __name__ == "__main__":
    main()
