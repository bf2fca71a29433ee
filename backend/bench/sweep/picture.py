"""All settings of a sweep as one picture: reply time across, tokens a second up, and the front."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from backend.bench.svg import BLUE, GREEN, RED, box, legend, line, picture, text
from backend.bench.sweep.goal import REPLY_TOKENS, Goal, Point, front
from backend.bench.tips.spread import number

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 24, 76
NUM_TICKS = 4
DOT = 9


def front_picture(points: Sequence[Point], best: Point, goal: Goal) -> str:
    """The picture, as the text of an SVG file; `best` is the setting that was found."""
    most = 1.1 * max(point.tokens_per_second.median for point in points)
    longest = 1.1 * max(point.reply_seconds for point in points)

    def place(point: Point) -> tuple[float, float]:
        across = LEFT + point.reply_seconds / longest * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - point.tokens_per_second.median / most * (HEIGHT - TOP - BOTTOM)
        return across, up

    drawn = _frame(most, longest)
    kept = front(points)
    drawn += [line(place(one), place(other), BLUE, 2) for one, other in pairwise(kept)]
    for point in points:
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


def _frame(most: float, longest: float) -> list[str]:
    base = HEIGHT - BOTTOM
    drawn = [
        text(LEFT, 14, "output tok/s"),
        text(WIDTH - RIGHT, base + 36, f"seconds for {REPLY_TOKENS} tokens", "end"),
    ]
    for tick in range(NUM_TICKS + 1):
        up = base - tick / NUM_TICKS * (base - TOP)
        across = LEFT + tick / NUM_TICKS * (WIDTH - LEFT - RIGHT)
        drawn.append(line((LEFT, up), (WIDTH - RIGHT, up), "#8884"))
        drawn.append(text(LEFT - 8, up + 4, number(most * tick / NUM_TICKS), "end"))
        drawn.append(text(across, base + 18, number(longest * tick / NUM_TICKS), "middle"))
    return drawn
