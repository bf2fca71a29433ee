"""The starts of a bench as one picture: a stacked bar for each scenario, its phases' medians.

An SVG that needs no font, script or style from elsewhere, readable on light and on dark pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

from backend.bench.boot_table import PARTS, WARMING_UP, JsonBoot, by_scenario, parts_of
from backend.bench.svg import BLUE, CYAN, GREEN, ORANGE, PURPLE, RED, YELLOW, picture

COLORS: Mapping[str, str] = {
    "starting": BLUE,
    "downloading": PURPLE,
    "loading_weights": CYAN,
    "compiling": RED,
    "allocating_kv_cache": GREEN,
    "capturing_graphs": YELLOW,
    WARMING_UP: ORANGE,
}
WIDTH, LEFT, RIGHT = 760, 70, 60
BAR, GAP, TOP = 26, 14, 8
LEGEND_COLUMNS, LEGEND_LINE = 4, 22


def chart(boots: Sequence[JsonBoot]) -> str:
    """The picture, as the text of an SVG file."""
    groups = by_scenario(boots)
    medians = {name: _medians(group) for name, group in groups.items()}
    parts = [part for part in PARTS if any(part in seconds for seconds in medians.values())]
    longest = max(sum(seconds.values()) for seconds in medians.values())
    scale = (WIDTH - LEFT - RIGHT) / longest
    drawn = [
        line
        for number, (name, seconds) in enumerate(medians.items())
        for line in _bar(name, seconds, TOP + number * (BAR + GAP), scale)
    ]
    legend_top = TOP + len(medians) * (BAR + GAP) + GAP
    height = legend_top + -(-len(parts) // LEGEND_COLUMNS) * LEGEND_LINE
    spoken = "; ".join(f"{name} {sum(s.values()):.1f} s" for name, s in medians.items())
    title = f"Seconds of each start by phase: {spoken}"
    return picture(WIDTH, height, title, [*drawn, *_legend(parts, legend_top)])


def _medians(group: Sequence[JsonBoot]) -> dict[str, float]:
    by_boot = [parts_of(boot) for boot in group]
    seconds = {part: median(b.get(part, 0.0) for b in by_boot) for part in PARTS}
    return {part: took for part, took in seconds.items() if took > 0}


def _bar(name: str, seconds: Mapping[str, float], top: float, scale: float) -> list[str]:
    middle = top + BAR * 0.66
    lines = [f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{escape(name)}</text>']
    left = float(LEFT)
    for part, took in seconds.items():
        width = took * scale
        lines.append(
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" '
            f'fill="{COLORS[part]}"><title>{part}: {took:.1f} s</title></rect>'
        )
        left += width
    whole = sum(seconds.values())
    lines.append(f'<text x="{left + 8:.1f}" y="{middle:.1f}">{whole:.1f} s</text>')
    return lines


def _legend(parts: Sequence[str], top: float) -> list[str]:
    column = (WIDTH - LEFT) / LEGEND_COLUMNS
    lines = []
    for number, part in enumerate(parts):
        left = LEFT + number % LEGEND_COLUMNS * column
        line = top + number // LEGEND_COLUMNS * LEGEND_LINE
        lines.append(
            f'<rect x="{left:.1f}" y="{line}" width="12" height="12" fill="{COLORS[part]}"/>'
            f'<text x="{left + 18:.1f}" y="{line + 11}">{escape(part.replace("_", " "))}</text>'
        )
    return lines
