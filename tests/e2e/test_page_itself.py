"""What the page is made of: nothing from outside, nothing against its policy, two languages."""

from __future__ import annotations

import pytest

from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.replies import says
from tests.gallery.weight import weigh

BACKGROUND = "() => getComputedStyle(document.documentElement).backgroundColor"
ARROW = "#root .absolute.bottom-4 button"

EVERYTHING = """# Title

Text with `code`, **bold**, a [link](https://example.org/) and an image
![picture](https://example.org/picture.png).

| a | b |
|---|---|
| 1 | 2 |

```python
print("Hello")
```

$$\\int_0^1 x^2\\,dx$$
"""


async def test_no_other_host_is_asked_and_the_console_is_silent(
    engine: FakeEngine, page: Tab
) -> None:
    engine.enqueue(says(EVERYTHING), to="Everything")
    await page.write("Everything")
    await page.opens()
    await page.send()
    await page.shows("Regenerate")
    await page.page.wait_for_selector(".katex, pre code")

    asked = [url for url in await page.outside() if not url.endswith("/picture.png")]
    assert asked == []
    refused = [error for error in page.errors if "picture.png" in error]
    assert [error for error in page.errors if error not in refused] == []
    assert refused  # an image of another host would carry the conversation away


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
async def test_a_browser_that_asks_for_chinese_gets_chinese(
    locale: str, chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url, locale=locale) as tab:
        await tab.shows("简单解释")
        assert await tab.page.evaluate("document.documentElement.lang") == "zh-CN"
        await tab.write("你好")
        await tab.opens()
        await tab.send()
        await tab.shows("Hello from the engine.")
        await tab.shows("首字")
        await tab.shows("重新生成")
        await engine.close()
        await tab.shows("模型断开了，正在恢复", within_seconds=15)


async def test_other_browsers_get_english(
    chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url, locale="fr-FR") as tab:
        await tab.shows("Explain it simply")
        assert await tab.page.evaluate("document.documentElement.lang") == "en"


NOTE_FOREIGN_WORDS = """addEventListener("message", (event) => {
    if (event.data?.warmlineAsks === "delete_all") window.hasHeard = true;
}, true)"""
COUNT = """() => new Promise((tell) => {
    addEventListener("warmline", ({ detail }) => detail.kind === "count" && tell(detail.data.num));
    postMessage({ warmlineAsks: "count" }, location.origin);
})"""


async def test_a_page_that_has_opened_it_cannot_ask_in_the_persons_name(
    page: Tab, chat: Product, engine: FakeEngine
) -> None:
    await page.write("Hello")
    await page.opens()
    await page.send()
    await page.shows("Regenerate")
    await page.context.add_init_script(NOTE_FOREIGN_WORDS)
    foreign = await page.context.new_page()
    await foreign.goto(f"http://localhost:{chat.port}/healthz")  # another origin than 127.0.0.1
    async with page.context.expect_page() as opened:
        await foreign.evaluate("url => { window.chat = window.open(url) }", chat.url)
    victim = await opened.value
    await victim.wait_for_selector("#warmline-menu-button")

    await foreign.evaluate("() => window.chat.postMessage({ warmlineAsks: 'delete_all' }, '*')")
    await victim.wait_for_function("() => window.hasHeard")
    assert await victim.evaluate(COUNT) >= 1


async def test_what_the_server_says_to_scripts_does_not_come_back_to_it(
    page: Tab, engine: FakeEngine
) -> None:
    sent: list[str] = []
    page.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda it: sent.append(str(it)))
    )
    await page.page.reload()
    await page.page.wait_for_selector("#warmline-panel li")
    assert [frame for frame in sent if "warmlineAsks" in frame]
    assert [frame for frame in sent if '"warmline":' in frame] == []


async def test_on_a_phone_a_conversation_has_an_address_and_survives_a_reload(
    chat: Product, engine: FakeEngine, browser: RunningBrowser
) -> None:
    async with browser.tab(chat.url, size=(390, 780)) as tab:
        await tab.write("Hello")
        await tab.opens()
        await tab.send()
        await tab.shows("Hello from the engine.")
        await tab.page.wait_for_url("**/thread/*")
        await tab.page.reload()
        await tab.shows("Hello from the engine.", within_seconds=20)


async def test_no_arrow_points_to_where_nothing_is(engine: FakeEngine, page: Tab) -> None:
    engine.enqueue(says("A long one. " * 300), says("A short one."), to="Tell")
    for turn in range(2):
        await page.write("Tell me")
        await page.opens()
        await page.send()
        await page.page.get_by_role("button", name="Regenerate").nth(turn).wait_for()
    await page.shows("A short one.")
    await page.page.wait_for_selector(ARROW, state="detached")


async def test_the_first_paint_does_not_wait_for_the_bundle_and_the_page_is_not_heavy(
    chat: Product, browser: RunningBrowser
) -> None:
    async with browser.empty_tab() as tab:
        visit = await weigh(tab, chat.url)
    assert visit.first_paint_seconds < 3  # docs/measurements/page.md; these cores are busy
    assert visit.first_paint_seconds < visit.composer_seconds
    assert visit.total_bytes < 1_600_000


async def test_a_dark_page_is_dark_before_anything_has_run(
    chat: Product, browser: RunningBrowser
) -> None:
    async with browser.empty_tab(is_dark=True) as tab:
        await tab.page.route("**/assets/*.js", lambda route: route.abort())
        await tab.page.goto(chat.url)
        assert await tab.page.evaluate(BACKGROUND) == "rgb(23, 19, 16)"
        await tab.shows("Warmline")
