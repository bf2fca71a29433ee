"""What opening the page costs, in a browser with an empty cache: `python -m tests.gallery.weight`.

First paint and size as the browser's own Performance API has them; the chat and its fake engine run
on this machine.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.browser import COMPOSER, Tab, open_browser
from tests.fakes.stack import running_stack

NUM_VISITS = 7
ENTRIES = """() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    resources: [...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource')].map(one => ({
            kind: new URL(one.name).pathname.split('.').pop(),
            num_bytes: one.transferSize,
        })),
})"""
KINDS = {"js": "scripts", "css": "style sheets", "woff2": "fonts", "svg": "pictures"}


@dataclass(frozen=True)
class Visit:
    """What one visit cost; bytes are those on the wire, compressed, with headers."""

    first_paint_seconds: float
    composer_seconds: float
    num_bytes: dict[str, int]

    @property
    def total_bytes(self) -> int:
        """All that came."""
        return sum(self.num_bytes.values())


async def weigh(tab: Tab, url: str) -> Visit:
    """Open the page in a tab that has not been anywhere."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await tab.page.goto(url, wait_until="commit")
    await tab.page.wait_for_selector(COMPOSER)
    composer_seconds = loop.time() - began
    await tab.page.wait_for_load_state("networkidle")
    entries: dict[str, Any] = await tab.page.evaluate(ENTRIES)
    num_bytes: dict[str, int] = {}
    for one in entries["resources"]:
        kind = KINDS.get(one["kind"], "page, settings, texts")
        num_bytes[kind] = num_bytes.get(kind, 0) + int(one["num_bytes"])
    return Visit(entries["paint"] / 1000, composer_seconds, num_bytes)


async def main() -> None:
    """Print the medians of some visits."""
    visits: list[Visit] = []
    with tempfile.TemporaryDirectory() as data_dir:
        async with running_stack(Path(data_dir)) as stack, open_browser() as browser:
            await stack.chat.ready()
            for _ in range(NUM_VISITS):
                async with browser.empty_tab() as tab:
                    visits.append(await weigh(tab, stack.chat.url))
    print(report(visits))  # noqa: T201


def report(visits: list[Visit]) -> str:
    """A table in Markdown."""
    paints = [visit.first_paint_seconds for visit in visits]
    composers = [visit.composer_seconds for visit in visits]
    rows = [
        f"| first contentful paint, s | {statistics.median(paints):.2f} ({span(paints)}) |",
        f"| composer there, s | {statistics.median(composers):.2f} ({span(composers)}) |",
        f"| on the wire, all, KB | {visits[0].total_bytes / 1000:,.0f} |",
    ]
    sizes = sorted(visits[0].num_bytes.items(), key=lambda size: -size[1])
    rows += [f"| … {kind}, KB | {num_bytes / 1000:,.0f} |" for kind, num_bytes in sizes]
    return "\n".join(["| | |", "|---|---|", *rows])


def span(values: list[float]) -> str:
    """The least and the most."""
    return f"{min(values):.2f}–{max(values):.2f}"


if __name__ == "__main__":
    asyncio.run(main())
