"""A shared conversation as one HTML page: no script, nothing of another host, raw HTML as text.

Rendering Markdown costs up to some microseconds a character, for hostile text milliseconds, so a
page has a budget; what is beyond it is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from backend.store.records import StoredEntry, Thread
from backend.ui.texts import Language, knows, say
from config.branding import Branding

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
<title>{title} · {name}</title>
<link rel="icon" href="{root_path}/favicon">
<style>:root{{{colours}}}</style>
<link rel="stylesheet" href="{root_path}/public/shared.css">
</head>
<body>
<header>
<p class="brand"><img src="{root_path}/public/{mark}" alt="" width="20" height="20">{name}</p>
{head}
</header>
<main>
{body}
</main>
<footer>{footer}</footer>
</body>
</html>
"""
_COLOURS = ("background", "tint", "text", "muted", "accent", "border")


@dataclass(frozen=True, slots=True)
class SharedPages:
    """Makes pages with the look of this chat.

    Args:
        branding: name, mark, colours, footer.
        root_path: the sub-path that a proxy adds, empty where there is none.
    """

    branding: Branding
    root_path: str = ""

    def conversation(self, thread: Thread, language: Language) -> str:
        """The whole conversation, as far as it is stored, in the reader's language."""
        title = thread.name or say("shared.untitled", language)
        budget = _Budget(PAGE_CHARACTERS)
        articles = "\n".join(_article(entry, language, budget) for entry in thread.entries)
        moment = f"{thread.created_at:%Y-%m-%d %H:%M} UTC"
        head = (
            f"<p>{escape(say('shared.notice', language))}</p>\n"
            f"<h1>{escape(title)}</h1>\n<p><time>{moment}</time></p>"
        )
        return self._page(title, language, head=head, body=articles)

    def nothing(self, sentence: str, language: Language) -> str:
        """A page that says why there is no conversation."""
        title = say("shared.nothing", language)
        head = f"<h1>{escape(title)}</h1>"
        return self._page(title, language, head=head, body=f"<p>{escape(sentence)}</p>")

    def _page(self, title: str, language: Language, *, head: str, body: str) -> str:
        branding = self.branding
        return _PAGE.format(
            language=language,
            title=escape(title),
            name=escape(branding.name),
            mark=escape(branding.files.mark),
            footer=escape(branding.footer.words(language)),
            colours=_colours(branding),
            root_path=self.root_path,
            head=head,
            body=body,
        )


def _colours(branding: Branding) -> str:
    """Variables of `public/shared.css`, for whichever theme the reader's system has."""
    themes = branding.colours.light, branding.colours.dark
    pairs = ((name, *(getattr(theme, name) for theme in themes)) for name in _COLOURS)
    return "".join(f"--{name}:light-dark({light},{dark});" for name, light, dark in pairs)


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
