"""A bench's starts as a table and as a picture."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from backend.bench.boot_chart import COLORS, LEFT, RIGHT, WIDTH, chart
from backend.bench.boot_table import PARTS, parts_of, table

SVG = "{http://www.w3.org/2000/svg}"
WARM = {
    "scenario": "warm",
    "phases": [["starting", 10.0], ["loading_weights", 5.0]],
    "health_seconds": 20.0,
    "ready_seconds": 24.0,
    "num_files_written": {"bytecode": 0, "compiled": 2},
}
SLOW = WARM | {"health_seconds": 30.0, "ready_seconds": 33.0}
PLAIN = {"scenario": "plain", "phases": [["starting", 60.0]], "health_seconds": 90.0}


def rects(picture: str) -> list[Any]:
    return [
        r
        for r in ElementTree.fromstring(picture).iter(f"{SVG}rect")
        if r.find(f"{SVG}title") is not None
    ]


def test_the_parts_of_a_start_add_up_to_the_whole() -> None:
    parts = parts_of(WARM)
    assert parts == {"starting": 10.0, "loading_weights": 10.0, "warming_up": 4.0}
    assert sum(parts.values()) == WARM["ready_seconds"]


def test_without_a_gate_a_start_ends_with_health() -> None:
    assert parts_of(PLAIN) == {"starting": 90.0}


def test_the_table_has_a_row_for_each_scenario_with_its_medians_and_spread() -> None:
    header, _, warm, plain = table([PLAIN, WARM, SLOW]).splitlines()
    assert header == (
        "| start | times | starting | loading_weights | warming_up | `/health` | ready "
        "| files written |"
    )
    assert warm == (
        "| warm | 2 | 10.0 | 15.0 (10.0–20.0) | 3.5 (3.0–4.0) | 25.0 (20.0–30.0) "
        "| 28.5 (24.0–33.0) | 0 bytecode, 2 compiled |"
    )
    assert plain == "| plain | 1 | 90.0 | 0.0 | 0.0 | 90.0 | — | — |"


def test_each_scenario_is_a_bar_as_long_as_its_seconds() -> None:
    drawn = rects(chart([WARM, PLAIN]))
    widths = [float(rect.attrib["width"]) for rect in drawn]
    whole = WIDTH - LEFT - RIGHT
    assert abs(widths[-1] - whole) < 0.1  # the longest start
    assert abs(sum(widths[:-1]) - whole * 24 / 90) < 0.2
    assert drawn[0].find(f"{SVG}title").text == "starting: 10.0 s"


def test_a_bar_begins_where_the_one_before_it_ends() -> None:
    first, second, *_ = rects(chart([WARM]))
    end = float(first.attrib["x"]) + float(first.attrib["width"])
    assert abs(float(second.attrib["x"]) - end) < 0.2


def test_the_picture_stands_alone_and_is_readable_on_light_and_dark() -> None:
    picture = chart([WARM])
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in picture
    assert len(picture) < 4000


def test_each_part_has_a_colour_of_its_own() -> None:
    assert set(COLORS) == set(PARTS)
    assert len(set(COLORS.values())) == len(PARTS)
