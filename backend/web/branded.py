"""The branding in the page: colours as variables of its style sheets, texts, and a first picture.

Chainlit's style sheet takes its colours from variables, so that these few decide the whole page.
They stand inside the page: the first thing that is painted has them already.
"""

from __future__ import annotations

from html import escape

from backend.web.language import Language
from config.branding import Branding, Colours, as_hsl

# Chainlit's variables, by the colour that they get.
_VARIABLES = {
    "background": ("background", "sidebar-background"),
    "surface": ("card", "popover"),
    "tint": ("accent", "secondary", "muted", "sidebar-accent"),
    "text": (
        *("foreground", "card-foreground", "popover-foreground", "secondary-foreground"),
        *("accent-foreground", "sidebar-foreground", "sidebar-accent-foreground"),
    ),
    "muted": ("muted-foreground",),
    "accent": ("primary", "ring", "sidebar-primary", "sidebar-ring"),
    "on_accent": ("primary-foreground", "sidebar-primary-foreground"),
    "glow": ("wl-glow",),
    "border": ("border", "input", "sidebar-border"),
    "danger": ("destructive",),
}


def style(branding: Branding) -> str:
    """A style sheet with the colours of both themes and the footer of both languages."""
    light, dark = branding.colours.light, branding.colours.dark
    rules = (
        f"html:root{{{_variables(light)}}}",
        f"html.dark{{{_variables(dark)}}}",
        f"html{{--wl-footer:{_string(branding.footer.en)}}}",
        f'html[lang="zh-CN"]{{--wl-footer:{_string(branding.footer.zh_cn)}}}',
    )
    return f"<style>{''.join(rules)}</style>"


def splash(branding: Branding, root_path: str) -> str:
    """What is seen until Chainlit's bundle has drawn the page."""
    mark = f"{root_path}/public/{escape(branding.files.mark)}"
    return (
        '<div id="warmline-splash" aria-hidden="true">'
        f'<img src="{mark}" alt="" width="40" height="40">'
        f"<span>{escape(branding.name)}</span></div>"
    )


def description_tag(branding: Branding, language: Language) -> str:
    """What search pages and bookmarks show."""
    return f'<meta name="description" content="{escape(branding.description.words(language))}">'


def _variables(colours: Colours) -> str:
    return (
        "".join(
            f"--{variable}:{as_hsl(getattr(colours, name))};"
            for name, variables in _VARIABLES.items()
            for variable in variables
        )
        + f"--destructive-foreground:{as_hsl(colours.background)};"
    )


def _string(text: str) -> str:
    """A text as a string of a style sheet; `<` would end the element around it."""
    escaped = "".join(
        f"\\{ord(character):x} " if character in '"\\<>\n' else character for character in text
    )
    return f'"{escaped}"'
