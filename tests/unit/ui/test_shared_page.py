"""A shared conversation as HTML: readable, and harmless whatever was said in it."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from backend.store.records import Role, StoredEntry, Thread
from backend.ui.shared_page import (
    MESSAGE_CHARACTERS,
    PAGE_CHARACTERS,
    SharedPages,
)
from config.branding import load_branding

BRANDING = load_branding()
MOMENT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ALLOWED = {
    *("html", "head", "meta", "title", "link", "body", "header", "main", "article", "time"),
    *("h1", "h2", "h3", "p", "em", "strong", "s", "a", "pre", "code", "ul", "ol", "li", "hr", "br"),
    *("style", "img", "footer"),  # ours; `test_the_page_itself_asks_nobody_but_us`
    *("blockquote", "table", "thead", "tbody", "tr", "th", "td"),
}


class Tags(HTMLParser):
    """The tags of a page, and all addresses in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def entry(text: str, role: Role = "assistant", outcome: str | None = "completed") -> StoredEntry:
    return StoredEntry(
        id="an-id",
        position=0,
        role=role,
        text=text,
        outcome=outcome if role == "assistant" else None,
        numbers=None,
        feedback=None,
        created_at=MOMENT,
    )


def page(*entries: StoredEntry, name: str = "Seas", root_path: str = "") -> str:
    thread = Thread(
        id="a-thread",
        name=name,
        metadata={},
        created_at=MOMENT,
        updated_at=MOMENT,
        entries=entries,
    )
    return SharedPages(BRANDING, root_path).conversation(thread, "en")


def test_question_and_reply_stand_under_the_title_in_order() -> None:
    html = page(entry("How deep?", "user"), entry("**Very** deep."))
    assert "<h1>Seas</h1>" in html
    assert "2026-05-04 09:30 UTC" in html
    assert html.index("How deep?") < html.index("<strong>Very</strong> deep.")


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("writing", "This reply is still being written."),
        ("stopped", "Stopped here."),
        ("interrupted", "Interrupted: this reply was not finished."),
        ("failed", "The model could not answer."),
    ],
)
def test_a_reply_that_is_not_whole_says_so(outcome: str, sentence: str) -> None:
    assert sentence in page(entry("Half a", outcome=outcome))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="https://elsewhere.example/x" onerror="alert(1)">',
        "![picture](https://elsewhere.example/x.png)",
        "[link](javascript:alert(1)) [other](data:text/html,<script>alert(1)</script>)",
        "</article></main><iframe src=//elsewhere.example></iframe>",
        "<style>*{display:none}</style>",
        "```html\n<script>alert(1)</script>",
        '[a](https://a.example/"onmouseover=alert(1) "x")',
        "| a | b |\n|---|\n<svg onload=alert(1)>",
    ],
)
def test_nothing_that_was_said_becomes_more_than_text(text: str) -> None:
    html = page(entry(text), name=text)
    tags = Tags(html)
    assert tags.names <= ALLOWED
    assert (html.count("<img"), html.count("<style")) == (1, 1)
    assert not tags.handlers
    assert not [a for a in tags.addresses if a.startswith(("javascript", "data"))]


def test_the_page_itself_asks_nobody_but_us() -> None:
    tags = Tags(page(root_path="/chat"))
    own = ["/chat/favicon", "/chat/public/shared.css", "/chat/public/favicon.svg"]
    assert tags.addresses == own


def test_a_link_says_nothing_of_where_it_was_followed() -> None:
    assert 'rel="noopener noreferrer nofollow"' in page(entry("[docs](https://docs.example/)"))


def test_tables_and_code_are_drawn_and_broken_ones_are_read() -> None:
    html = page(entry("| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1"))
    assert "<td>1</td>" in html
    assert "x = 1" in html
    assert html.rstrip().endswith("</html>")


def test_a_text_that_would_take_long_is_shown_as_it_was_written() -> None:
    text = "![[" * MESSAGE_CHARACTERS
    assert f"<pre>{text}</pre>" in page(entry(text))


def test_a_page_renders_only_so_much() -> None:
    message = "**word** " * (MESSAGE_CHARACTERS // 9)
    num_rendered = PAGE_CHARACTERS // len(message)
    html = page(*[entry(message)] * (num_rendered + 2))
    assert html.count("<pre>") == 2


def test_a_sentence_is_a_page_of_its_own() -> None:
    html = SharedPages(BRANDING).nothing("There is <nothing> here.", "zh-CN")
    assert '<html lang="zh-CN">' in html
    assert "There is &lt;nothing&gt; here." in html
    assert "noindex" in html


def test_it_looks_as_the_chat_does() -> None:
    html = page(entry("Deep."))
    assert f"<title>Seas · {BRANDING.name}</title>" in html
    assert BRANDING.footer.en in html
    light, dark = BRANDING.colours.light, BRANDING.colours.dark
    assert f"--accent:light-dark({light.accent},{dark.accent});" in html
