"""Every state of the page (tests/gallery): for all people, and without the rest of the world.

The scenes are played once for each look; what is seen of them is judged afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.stack import running_stack
from tests.gallery.looks import Look, visit
from tests.gallery.scenes import SCENES

LOOKS = (Look("en", "light"), Look("zh-CN", "dark", is_phone=True))
BAD = {"serious", "critical"}

# While the list of Chainlit's select is open, the page behind it is silent and the focus is kept:
# axe-core sees the one and not the other, so it looks at the list alone.
JUDGED_WITHIN = {"profiles": "[role=listbox]"}
OF_RADIX = (
    "`DialogContent` requires a `DialogTitle`"  # advice to developers, of the phone's sidebar
)

IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Seen:
    """What was found in the scenes, each with the scene's name."""

    inaccessible: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)

    async def look(self, scene: str, tab: Tab) -> None:
        """Look at the page as it is."""
        self.outside += [f"{scene}: {url}" for url in await tab.outside()]
        self.errors += [f"{scene}: {e}" for e in tab.errors if not e.startswith(OF_RADIX)]
        found = await violations(tab, JUDGED_WITHIN.get(scene))
        self.inaccessible += [f"{scene}: {bad}" for bad in found]
        tab.errors.clear()  # axe-core looks for style sheets where there are none
        if await tab.page.evaluate(IS_TOO_WIDE):
            self.too_wide.append(scene)


@pytest_asyncio.fixture(
    scope="module", loop_scope="session", params=LOOKS, ids=lambda look: look.name
)
async def seen(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    browser: RunningBrowser,
) -> AsyncIterator[Seen]:
    data_dir, seen = tmp_path_factory.mktemp("data"), Seen()
    async with (
        running_stack(data_dir, engine_is_open=False, has_launcher=True) as stack,
        visit(browser, stack.chat.url, request.param) as visitor,
    ):
        for scene in SCENES:
            await scene.stage(stack)
            await scene.play(visitor)
            await seen.look(scene.name, visitor.tab)
    yield seen


async def violations(tab: Tab, within: str | None) -> list[str]:
    """What axe-core finds to be serious or critical, each with where it is."""
    found = await Axe().run(tab.page, context=within)
    return [
        f"{violation['id']}: {node['html'][:200]} ({'; '.join(node['target'])})"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if violation["impact"] in BAD
    ]


async def test_axe_finds_nothing_serious(seen: Seen) -> None:
    assert not seen.inaccessible, "\n".join(seen.inaccessible)


async def test_no_other_host_is_asked(seen: Seen) -> None:
    assert seen.outside == []


async def test_the_console_is_silent(seen: Seen) -> None:
    assert seen.errors == []


async def test_nothing_is_wider_than_the_page(seen: Seen) -> None:
    assert seen.too_wide == []
