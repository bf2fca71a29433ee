"""Chainlit really mounted, in a process of its own: its import has side effects."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.fakes.browser import open_browser
from tests.fakes.product import ROOT, Product

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC_URL = "https://chat.example.org/chat"
OURS = ("public", ".chainlit", "chainlit.md", "chainlit_zh-CN.md")
REPLY = r"**Bold**, $x^2 + \frac{1}{2}$, <img src='https://outside.example/a.png'>"
CHAT = f"""
import chainlit as cl

@cl.on_message
async def answer(message: cl.Message) -> None:
    await cl.Message({REPLY!r}).send()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an app of its own, and the rest of ours."""
    project = tmp_path_factory.mktemp("project")
    (project / "app.py").write_text(CHAT)
    for name in OURS:
        (project / name).symlink_to(ROOT / name)
    return project


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(project: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    command = (sys.executable, "-m", "tests.unit.web.small_chat", str(project / "app.py"))
    environ = {"WARMLINE_PUBLIC_URL": PUBLIC_URL}
    async with Product(tmp_path_factory.mktemp("data"), environ, command) as chat:
        yield chat


@pytest.mark.parametrize("path", ["", "/chat"])
async def test_the_page_names_no_outside_host(chat: Product, path: str) -> None:
    status, html = await chat.get(f"{path}/")

    assert status == 200
    assert re.findall(r"https?://", html) == []
    assert 'href="/chat/public/vendor/katex/katex.min.css"' in html


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_come_before_chainlit_s_catch_all(chat: Product, path: str) -> None:
    status, text = await chat.get(path)

    assert status == 200
    assert "<html" not in text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/health", "/mcp", "/login"])
async def test_chainlit_s_other_routes_are_closed(chat: Product, path: str) -> None:
    assert (await chat.get(path))[0] == 404


async def test_katex_is_ours_in_the_version_that_chainlit_s_bundle_renders_with(
    chat: Product,
) -> None:
    _, html = await chat.get("/")
    [bundle] = re.findall(r'src="/chat(/assets/index-[^"]+\.js)"', html)
    _, script = await chat.get(bundle)
    _, styles = await chat.get("/public/vendor/katex/katex.min.css")
    [version] = re.findall(r'\.katex-version:after\{content:"([\d.]+)"\}', styles)

    assert f'"{version}"' in script


@pytest.mark.parametrize(
    ("asked", "cancel"), [("zh-HK", "取消"), ("zh-Hans-CN", "取消"), ("fr-FR", "Cancel")]
)
async def test_chainlit_s_own_words_are_in_one_of_our_languages(
    chat: Product, asked: str, cancel: str
) -> None:
    _, text = await chat.get(f"/project/translations?language={asked}")

    assert json.loads(text)["translation"]["common"]["actions"]["cancel"] == cancel


async def test_uploads_mcp_and_sharing_are_off(chat: Product) -> None:
    _, text = await chat.get("/project/settings?language=en-US")
    settings = json.loads(text)

    assert settings["features"]["spontaneous_file_upload"]["enabled"] is False
    assert settings["features"]["mcp"]["enabled"] is False
    assert settings["features"]["unsafe_allow_html"] is False
    assert settings["threadSharing"] is False


async def test_the_readme_page_is_in_the_browser_s_language(chat: Product) -> None:
    texts = [
        json.loads((await chat.get(f"/project/settings?language={language}"))[1])["markdown"]
        for language in ("en-GB", "zh-TW")
    ]

    assert texts == [
        (ROOT / "chainlit.md").read_text(encoding="utf-8"),
        (ROOT / "chainlit_zh-CN.md").read_text(encoding="utf-8"),
    ]


async def test_no_other_origin_is_told_that_it_may_read(chat: Product) -> None:
    status, _ = await chat.get("/project/settings", Origin="https://evil.example")

    assert status == 403


SOCKET = "/ws/socket.io/?EIO=4&transport="


async def test_a_socket_opens_for_our_page_and_for_no_other(chat: Product) -> None:
    async with aiohttp.ClientSession() as client:
        for origin in (chat.url, "https://chat.example.org"):
            async with client.ws_connect(f"{chat.url}{SOCKET}websocket", origin=origin) as socket:
                assert (await socket.receive_str()).startswith('0{"sid"')

        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await client.ws_connect(f"{chat.url}{SOCKET}websocket", origin="https://evil.example")

    assert refusal.value.status == 403


async def test_polling_is_no_way_around_it(chat: Product) -> None:
    ours, _ = await chat.get(f"{SOCKET}polling", Origin=chat.url)
    foreign, _ = await chat.get(f"{SOCKET}polling", Origin="https://evil.example")

    assert (ours, foreign) == (200, 403)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_nothing_is_written_beside_the_app(chat: Product, project: Path) -> None:
    await chat.get("/")

    assert names(project) - {"__pycache__"} == {"app.py", *OURS}
    assert ".files" in names(chat.data_dir / "chainlit")


async def test_a_browser_under_a_sub_path_chats_and_asks_no_other_host(chat: Product) -> None:
    async with open_browser() as browser, browser.tab(f"{chat.url}/chat/") as tab:
        await tab.write("hello")
        await tab.opens()
        await tab.send()
        await tab.shows("Bold")
        await tab.page.wait_for_selector(".katex")
        fonts = await tab.page.evaluate(
            "() => document.fonts.ready.then(() => [...document.fonts]"
            ".filter(font => font.status === 'loaded').map(font => font.family))"
        )

        assert "KaTeX_Math" in fonts
        assert await tab.outside() == []
        assert tab.errors == []
