"""An experiment's numbers as pictures: lines where x is a quantity, bars where it is an engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.bench.svg import COLORS, box, legend, line, picture, text, ticks
from backend.bench.tips.plan import Axis, Experiment
from backend.bench.tips.results import Results
from backend.bench.tips.spread import Spread, number

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 84, 20, 30, 46
GREY = "#8888"
COLUMNS, LEGEND_LINE = 3, 20

Points = list[tuple[float, Spread]]
"""X, and what was measured there."""
Series = Mapping[str, Points]
"""The points of each line, by its name."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of one number, as the text of an SVG file; `name` is the file's."""

    name: str
    svg: str


def plots(experiment: Experiment, results: Results) -> list[Plot]:
    """A picture for each axis of an experiment that has numbers."""
    drawn = []
    for axis in experiment.axes:
        series = series_of(experiment, axis, results)
        if series:
            title = f"{experiment.title}: {axis.label}"
            is_line = any(len(points) > 1 for points in series.values())
            draw = _lines if is_line else _bars
            name = f"{experiment.id}-{axis.number.replace('_', '-')}.svg"
            drawn.append(Plot(name, draw(title, axis, series)))
    return drawn


def series_of(experiment: Experiment, axis: Axis, results: Results) -> dict[str, Points]:
    """The lines of one axis: one for each engine, or for each kind of workload on a single one."""
    series: dict[str, Points] = {}
    for arm in experiment.arms:
        engine = arm.configuration
        if axis.of_boot:
            if (value := results.find_boot(engine, axis.number)) is not None:
                series[engine.name] = [(0, Spread(value, value, value, 1))]
            continue
        for workload in arm.workloads:
            spread = results.find(engine, workload, axis.number)
            if spread is not None:
                name = workload.series or engine.name
                series.setdefault(name, []).append((workload.x, spread))
    return {name: sorted(points, key=lambda point: point[0]) for name, points in series.items()}


def _lines(title: str, axis: Axis, series: Series) -> str:
    xs = sorted({x for points in series.values() for x, _ in points})
    marks = ticks(max(s.high for points in series.values() for _, s in points))
    low, high = math.log2(max(xs[0], 0.5)), math.log2(max(xs[-1], 1))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (math.log2(max(x, 0.5)) - low) / (high - low) if high > low else 0.5
        across = LEFT + share * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - BOTTOM - y / marks[-1] * (HEIGHT - TOP - BOTTOM)

    drawn = _frame(axis, marks, title)
    for x in xs:
        drawn.append(text(place(x, 0)[0], HEIGHT - BOTTOM + 16, f"{x:g}", "middle"))
    for (name, points), color in zip(series.items(), _colors(), strict=False):
        for (x1, one), (x2, other) in pairwise(points):
            drawn.append(line(place(x1, one.median), place(x2, other.median), color, 2))
        for x, spread in points:
            across, up = place(x, spread.median)
            drawn.append(line(place(x, spread.low), place(x, spread.high), color, 1.5))
            hint = f"{name}, {x:g} {axis.x_label}: {spread} {axis.label}"
            drawn.append(box((across - 4, up - 4), 8, 8, color, hint))
    return _with_legend(title, drawn, list(series), axis.x_label)


def _bars(title: str, axis: Axis, series: Series) -> str:
    bars = [(name, x, spread) for name, points in series.items() for x, spread in points]
    marks = ticks(max(spread.high for _, _, spread in bars))
    drawn = _frame(axis, marks, title)
    slot = (WIDTH - LEFT - RIGHT) / len(bars)
    for place, (name, _, spread) in enumerate(bars):
        color = COLORS[place % len(COLORS)]
        width = min(90.0, slot * 0.6)
        left = LEFT + slot * (place + 0.5) - width / 2
        scale = (HEIGHT - TOP - BOTTOM) / marks[-1]
        tall = spread.median * scale
        base = HEIGHT - BOTTOM
        drawn.append(box((left, base - tall), width, tall, color, f"{name}: {spread}"))
        middle = left + width / 2
        if spread.high > spread.low:
            ends = [(middle, base - value * scale) for value in (spread.low, spread.high)]
            drawn.append(line(ends[0], ends[1], GREY, 2))
        drawn.append(text(middle, base - tall - 5, number(spread.median), "middle"))
    return _with_legend(title, drawn, [name for name, _, _ in bars], "")


def _frame(axis: Axis, marks: Sequence[float], title: str) -> list[str]:
    drawn = [text(LEFT, 16, f"{title.partition(': ')[2] or axis.label}")]
    for mark in marks:
        up = HEIGHT - BOTTOM - mark / marks[-1] * (HEIGHT - TOP - BOTTOM)
        drawn.append(line((LEFT, up), (WIDTH - RIGHT, up), "#8884"))
        drawn.append(text(LEFT - 8, up + 4, number(mark), "end"))
    return drawn


def _with_legend(title: str, drawn: Sequence[str], names: Sequence[str], x_label: str) -> str:
    rows = -(-len(names) // COLUMNS)
    entries = list(zip(names, _colors(), strict=False))
    label = [text(WIDTH - RIGHT, HEIGHT - 12, x_label, "end")] if x_label else []
    height = HEIGHT + rows * LEGEND_LINE
    return picture(WIDTH, height, title, [*drawn, *label, *legend(entries, LEFT, HEIGHT, COLUMNS)])


def _colors() -> list[str]:
    return list(COLORS) * 4
