"""What the benches' pictures share: SVG that needs no font, script or style from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

# Told apart in light and dark, and by people who do not see red and green as different
# (Paul Tol's "bright" scheme and its neighbours).
BLUE, PURPLE, CYAN, RED = "#4477aa", "#aa3377", "#66ccee", "#ee6677"
GREEN, YELLOW, ORANGE = "#228833", "#ccbb44", "#ee8866"
COLORS = (BLUE, RED, GREEN, ORANGE, PURPLE, CYAN, YELLOW)

# The page's own colours where the picture is shown by itself; a grey that both bear otherwise.
STYLE = """text { font: 13px system-ui, sans-serif; fill: #555 }
@media (prefers-color-scheme: dark) { text { fill: #bbb } }"""

_MOST_STEPS = 5  # of an axis

Place = tuple[float, float]
"""Pixels from the left and from the top."""


def picture(width: float, height: float, title: str, drawn: Sequence[str]) -> str:
    """A whole SVG file; `title` is read to people who do not see it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            *drawn,
            "</svg>\n",
        ]
    )


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Some words; `anchor` is the side that lies at `x`."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def line(start: Place, end: Place, color: str, width: float = 1) -> str:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{color}" stroke-width="{width:g}"/>'
    )


def box(corner: Place, width: float, height: float, color: str, hint: str = "") -> str:
    """A filled rectangle below and right of a corner; `hint` shows under the pointer."""
    (x, y), shown = corner, f"<title>{escape(hint)}</title>" if hint else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{color}">{shown}</rect>'
    )


def ticks(greatest: float) -> list[float]:
    """Round values for an axis: from 0 to the first that is no less, in 3 to 5 equal steps."""
    if greatest <= 0:
        return [0.0, 1.0]
    unit = 10.0 ** math.floor(math.log10(greatest / _MOST_STEPS))
    step = next(
        unit * round_one
        for round_one in (1.0, 2.0, 2.5, 5.0, 10.0)
        if greatest <= unit * round_one * _MOST_STEPS
    )
    return [step * n for n in range(math.ceil(round(greatest / step, 9)) + 1)]


def legend(entries: Sequence[tuple[str, str]], x: float, y: float, columns: int = 3) -> list[str]:
    """Names with their colours, in columns."""
    drawn = []
    for place, (name, color) in enumerate(entries):
        left, top = x + place % columns * 230, y + place // columns * 20
        drawn += [box((left, top), 12, 12, color), text(left + 18, top + 11, name)]
    return drawn
