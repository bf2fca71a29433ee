"""All settings of a sweep as one picture: reply time across, tokens a second up, and the front."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from backend.bench.svg import BLUE, GREEN, RED, box, legend, line, picture, text, ticks
from backend.bench.sweep.goal import REPLY_TOKENS, Goal, Point, front
from backend.bench.tips.spread import number

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 84, 30, 24, 76
DOT = 9


def front_picture(points: Sequence[Point], best: Point, goal: Goal) -> str:
    """The picture, as the text of an SVG file; `best` is the setting that was found."""
    rates = ticks(max(point.tokens_per_second.median for point in points))
    seconds = ticks(max(point.reply_seconds for point in points))

    def place(point: Point) -> tuple[float, float]:
        across = LEFT + point.reply_seconds / seconds[-1] * (WIDTH - LEFT - RIGHT)
        share = point.tokens_per_second.median / rates[-1]
        up = HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
        return across, up

    drawn = _frame(rates, seconds)
    kept = front(points)
    drawn += [line(place(one), place(other), BLUE, 2) for one, other in pairwise(kept)]
    for point in sorted(points, key=lambda point: point == best):  # on top of those beside it
        across, up = place(point)
        color = GREEN if point == best else BLUE if point in kept else RED
        hint = f"{point.setting}: {point}"
        drawn.append(box((across - DOT / 2, up - DOT / 2), DOT, DOT, color, hint))
    entries = [
        (f"best for {goal.name}", GREEN),
        ("nothing beats it in both", BLUE),
        ("beaten", RED),
    ]
    drawn += legend(entries, LEFT, HEIGHT - 24)
    title = f"{len(points)} settings; best for {goal.name}: {best.setting}"
    return picture(WIDTH, HEIGHT, title, drawn)


def _frame(rates: Sequence[float], seconds: Sequence[float]) -> list[str]:
    base = HEIGHT - BOTTOM
    drawn = [
        text(LEFT, 14, "output tok/s"),
        text(WIDTH - RIGHT, base + 36, f"seconds for {REPLY_TOKENS} tokens", "end"),
    ]
    for rate in rates:
        up = base - rate / rates[-1] * (base - TOP)
        drawn.append(line((LEFT, up), (WIDTH - RIGHT, up), "#8884"))
        drawn.append(text(LEFT - 8, up + 4, number(rate), "end"))
    for second in seconds:
        across = LEFT + second / seconds[-1] * (WIDTH - LEFT - RIGHT)
        drawn.append(text(across, base + 18, number(second), "middle"))
    return drawn
