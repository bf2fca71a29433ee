from __future__ import annotations

import base64
import hashlib

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from backend.web.page import Page, content_security_policy, local_page
from config.branding import load_branding
from tests.unit.web.asgi import asking

TEMPLATE = """<!doctype html>
<html lang="en">
  <head>
    <meta property="og:title" content="Warmline">
    <meta property="og:image" content="https://images.example/banner.png">
    <meta property="og:url" content="https://github.com/Chainlit/chainlit">
    <meta property="og:root_path" content="/chat">
    <link rel="preconnect" href="https://fonts.googleapis.com" />
    <link rel="preconnect" href="https://fonts.gstatic.com" crossorigin />
    <link
      href="https://fonts.googleapis.com/css2?family=Inter:wght@400;500;700&display=swap"
      rel="stylesheet"
    />
    <link
      rel="stylesheet"
      href="https://cdn.jsdelivr.net/npm/katex@0.16.22/dist/katex.min.css"
    />
    <script>
      const global = globalThis;
    </script>
    <script src="/chat/public/warmline.js" type="module"></script>
    <link rel="stylesheet" crossorigin href="/chat/assets/index.css">
  </head>
</html>"""


@pytest.fixture
def page() -> Page:
    return local_page(TEMPLATE, load_branding(), root_path="/chat")


def test_no_outside_host_is_left(page: Page) -> None:
    assert "https://" not in page.html["en"]
    assert "http://" not in page.html["en"]


def test_what_is_ours_is_left(page: Page) -> None:
    assert '<meta property="og:title" content="Warmline">' in page.html["en"]
    assert '<meta property="og:root_path" content="/chat">' in page.html["en"]
    assert '<script src="/chat/public/warmline.js" type="module"></script>' in page.html["en"]
    assert 'href="/chat/assets/index.css"' in page.html["en"]


def test_katex_comes_from_our_own_folder(page: Page) -> None:
    assert 'href="/chat/public/vendor/katex/katex.min.css"' in page.html["en"]


def test_the_scripts_inside_the_page_are_allowed_by_their_hashes_alone(page: Page) -> None:
    script = "\n      const global = globalThis;\n    "
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'self' 'sha256-{digest}';" in page.content_security_policy


def test_the_policy_allows_no_other_host_and_no_evaluation() -> None:
    policy = content_security_policy()

    assert "default-src 'self'" in policy
    assert "connect-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("accepted", "language"), [("zh-HK,zh;q=0.9", "zh-CN"), ("de", "en"), ("", "en")]
)
async def test_the_page_says_its_language(page: Page, accepted: str, language: str) -> None:
    app = Starlette(routes=[Route("/", page.respond)])
    async with asking(app) as client:
        response = await client.get("/", headers={"accept-language": accepted})

    assert f'<html lang="{language}">' in response.text
    assert response.headers["vary"] == "Accept-Language"
