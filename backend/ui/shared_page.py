"""A shared conversation as one HTML page: no script, nothing of another host, raw HTML as text.

Rendering Markdown costs up to some microseconds a character, for hostile text milliseconds, so a
page has a budget; what is beyond it is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from backend.store.records import StoredEntry, Thread
from backend.ui.texts import Language, knows, say

MESSAGE_CHARACTERS = 20_000
"""Of one message that are rendered as Markdown: some texts take quadratic time."""

PAGE_CHARACTERS = 300_000
"""Of a whole page."""

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{title} · Warmline</title>
<link rel="icon" href="{root_path}/favicon">
<link rel="stylesheet" href="{root_path}/public/shared.css">
</head>
<body>
{body}
</body>
</html>
"""


def shared_page(thread: Thread, language: Language, *, root_path: str = "") -> str:
    """The whole conversation, to be read.

    Args:
        thread: what was said, as far as it is stored.
        language: of the reader.
        root_path: the sub-path that a proxy adds, empty where there is none.
    """
    title = thread.name or say("shared.untitled", language)
    budget = _Budget(PAGE_CHARACTERS)
    articles = "\n".join(_article(entry, language, budget) for entry in thread.entries)
    moment = f"{thread.created_at:%Y-%m-%d %H:%M} UTC"
    body = (
        f"<header><p>{escape(say('shared.notice', language))}</p>\n"
        f"<h1>{escape(title)}</h1>\n<p><time>{moment}</time></p></header>\n"
        f"<main>\n{articles}\n</main>"
    )
    return _PAGE.format(language=language, title=escape(title), root_path=root_path, body=body)


def sentence_page(sentence: str, language: Language, *, root_path: str = "") -> str:
    """A page that says one thing."""
    title = escape(say("shared.untitled", language))
    body = f"<main><p>{escape(sentence)}</p></main>"
    return _PAGE.format(language=language, title=title, root_path=root_path, body=body)


class _Budget:
    """What may still be rendered as Markdown."""

    def __init__(self, num_characters: int) -> None:
        self._left = num_characters

    def html(self, text: str) -> str:
        if len(text) > min(MESSAGE_CHARACTERS, self._left):
            return f"<pre>{escape(text)}</pre>"
        self._left -= len(text)
        rendered: str = _MARKDOWN.render(text)
        return rendered


def _article(entry: StoredEntry, language: Language, budget: _Budget) -> str:
    speaker = escape(say(f"shared.{entry.role}", language))
    key = f"shared.{entry.outcome}"
    note = f"<p><em>{escape(say(key, language))}</em></p>\n" if knows(key) else ""
    text = budget.html(entry.text)
    return f'<article class="{entry.role}">\n<h2>{speaker}</h2>\n{text}{note}</article>'


def _link_open(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,  # noqa: ARG001 - as markdown-it calls it
) -> str:
    """Links tell the page behind them nothing, least of all the address of this one."""
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, {})


def _markdown() -> MarkdownIt:
    """CommonMark with tables. Images are links: no host but ours is asked for anything."""
    options: dict[str, Any] = {"html": False, "linkify": False}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    markdown.disable("image")
    markdown.add_render_rule("link_open", _link_open)
    return markdown


_MARKDOWN = _markdown()
