"""The page itself, made from Chainlit's so that it asks no outside host for anything.

Chainlit's template names four: two font servers, KaTeX's CDN, and its own in the tags for link
previews. KaTeX's style sheet and fonts are in `public/vendor/katex/`, in the version that
Chainlit's bundle renders with. Five scripts of ours run before Chainlit's: one gives it a store
where the browser refuses one, one sets the theme before anything is painted; the others see words
to the window, each frame of a reply, and who is logged in, first.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from backend.web.branded import description_tag, splash, style
from backend.web.language import Language, page_language
from config.branding import Branding

KATEX = "/public/vendor/katex/katex.min.css"
EARLY_SCRIPTS = (  # before Chainlit's own
    "/public/storage.js",
    "/public/theme.js",
    "/public/own_words.js",
    "/public/events.js",
    "/public/frames.js",
    "/public/person.js",
)

_OUTSIDE_LINKS = re.compile(r'\s*<link\b[^>]*href="https?://fonts\.[^"]*"[^>]*>')
_KATEX_LINK = re.compile(r'href="https?://[^"]*/katex(?:\.min)?\.css"')
_PREVIEW_TAGS = re.compile(r'\s*<meta property="og:(?:image|url)"[^>]*>')
_DESCRIPTION = re.compile(r'<meta name="description"[^>]*>')
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_BUNDLE = '<script type="module"'
_LANGUAGE = '<html lang="en">'
_ROOT = '<div id="root"></div>'


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML in each language, and what a browser may load for it."""

    html: Mapping[Language, str]
    content_security_policy: str

    async def respond(self, request: Request) -> Response:
        """The page in the language that the browser asks for."""
        language = page_language(request.headers.get("accept-language", ""))
        return HTMLResponse(self.html[language], headers={"Vary": "Accept-Language"})


def local_page(template: str, branding: Branding, *, root_path: str) -> Page:
    """Chainlit's HTML with every outside host taken out, our scripts and the branding put in.

    Args:
        template: what `chainlit.server.get_html_template(root_path)` gives.
        branding: how the page looks and what it is called.
        root_path: the sub-path that a proxy adds, empty where there is none.
    """
    html = _OUTSIDE_LINKS.sub("", template)
    html = _KATEX_LINK.sub(f'href="{root_path}{KATEX}"', html)
    html = _PREVIEW_TAGS.sub("", html)
    early = "".join(f'<script src="{root_path}{path}"></script>' for path in EARLY_SCRIPTS)
    html = html.replace(_BUNDLE, early + _BUNDLE, 1)
    html = html.replace("</head>", f"{style(branding)}</head>", 1)
    html = html.replace(_ROOT, _ROOT + splash(branding, root_path), 1)
    pages = {language: _in_language(html, branding, language) for language in get_args(Language)}
    return Page(pages, content_security_policy(_INLINE_SCRIPT.findall(html)))


def _in_language(html: str, branding: Branding, language: Language) -> str:
    html = html.replace(_LANGUAGE, f'<html lang="{language}">', 1)
    return _DESCRIPTION.sub(lambda _: description_tag(branding, language), html, count=1)


def content_security_policy(inline_scripts: list[str] | None = None) -> str:
    """What the page may load: our own files and, by their hashes, the scripts inside it.

    Styles must be allowed inline (Chainlit's components set them on elements). Images of other
    hosts are not: a reply could otherwise carry a conversation away in an image's address.
    """
    hashes = "".join(f" '{_sha256(script)}'" for script in inline_scripts or [])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


def _sha256(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
