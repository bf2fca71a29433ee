"""The two languages of the page: Simplified Chinese for browsers that ask for any Chinese, English
for all others.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["en", "zh-CN"]

# Chainlit names its files of translations so.
_CHAINLIT_LANGUAGE = {"en": "en-US", "zh-CN": "zh-CN"}
_TRANSLATED_PATHS = ("/project/settings", "/project/translations")


def page_language(wanted: str) -> Language:
    """The page's language for an `Accept-Language` header, or one of its tags."""
    return "zh-CN" if wanted.strip().lower().startswith("zh") else "en"


class OurLanguages:
    """Makes Chainlit see one of our two languages in place of what the browser's page asks for.

    Chainlit finds texts by exact tag: `zh-HK` and `zh-Hans-CN` would get English ones, and a
    French page would mix its language with ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the `language` of the query changed where there is one."""
        if scope["type"] == "http" and scope["path"] in _TRANSLATED_PATHS:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            language = page_language(query.get("language", ""))
            query["language"] = _CHAINLIT_LANGUAGE[language]
            scope = {**scope, "query_string": urlencode(query).encode("ascii")}
        await self._app(scope, receive, send)
