"""The bench's report in a real browser: pictures to be seen, nothing asked of any other host."""

from __future__ import annotations

from pathlib import Path

from backend.bench.tips.page import page
from tests.fakes.browser import open_browser
from tests.unit.bench.tips.reported import report


async def test_the_report_shows_its_plots_and_asks_nobody(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(report()))
    async with open_browser() as browser, browser.empty_tab() as tab:
        await tab.page.goto(file.as_uri())
        plots = tab.page.locator("figure svg")
        sizes = [await plots.nth(n).bounding_box() for n in range(await plots.count())]
        assert len(sizes) > 9
        assert all(box and box["width"] > 300 and box["height"] > 200 for box in sizes)
        assert await tab.page.locator("figure svg rect").first.is_visible()
        assert await tab.page.locator("td.does-not-hold").first.is_visible()
        assert [url for url in tab.urls if url != file.as_uri()] == []
        assert await tab.outside() == []
        assert tab.errors == []
