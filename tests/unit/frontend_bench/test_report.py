"""The bench's table, and what makes it fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.bench.frontend.__main__ import complaints
from backend.bench.frontend.report import BEGIN, END, ROWS, ratios, table, write
from backend.bench.frontend.runs import SHORT, Plan, Result


def loads(app: str, *us_per_token: float, num_wrong: int = 0) -> list[Result]:
    values: dict[str, Any] = {"num_wrong": num_wrong}
    return [
        Result(app, "load/1", repeat, 1.0, {**values, "cpu_us_per_token": us})
        for repeat, us in enumerate(us_per_token)
    ]


def soak(growth: float) -> list[Result]:
    return [Result("ours", "soak", 0, 1.0, {"growth_kib_per_chat": growth, "num_wrong": 0})]


GOOD = loads("ours", 20.0, 25.0, 10.0) + loads("cookbook", 200.0, 300.0, 150.0)


def test_ratios_are_of_the_same_repeat() -> None:
    assert ratios(GOOD, ROWS[0]) == [10.0, 12.0, 15.0]


def test_the_table_shows_medians_and_spread() -> None:
    assert table(GOOD).splitlines() == [
        "| | ours | cookbook | cookbook ÷ ours |",
        "|---|---|---|---|",
        "| CPU a token, whole turn, µs | 20 (10–25) | 200 (150–300) | 12 (10–15) |",
    ]


def test_an_app_without_a_value_has_an_empty_cell() -> None:
    assert table(GOOD + soak(0.5)).splitlines()[-1] == (
        "| growth for each chat of a soak, KiB | 0.5 |  |  |"
    )


def test_all_is_well() -> None:
    assert complaints(Plan(), GOOD + soak(0.5)) == []


def test_a_small_ratio_is_complained_of() -> None:
    results = loads("ours", 50.0) + loads("cookbook", 200.0)
    assert complaints(SHORT, results) == [
        "a token costs only 4.0 times less than in the cookbook's app"
    ]


def test_wrong_text_is_complained_of_where_it_is_ours() -> None:
    theirs = loads("cookbook", 300.0, num_wrong=3)
    assert complaints(SHORT, loads("ours", 20.0) + theirs) == []
    assert complaints(SHORT, loads("ours", 20.0, num_wrong=2) + theirs) == [
        "2 replies were not what the engine sent"
    ]


def test_growth_is_complained_of() -> None:
    assert complaints(Plan(), GOOD + soak(3.0)) == ["the process grows by 3.0 KiB a chat"]


def test_the_report_goes_into_its_place_and_leaves_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "frontend.md"
    page.write_text(f"# Title\n\n{BEGIN}old{END}\n\nWords.\n")
    write(tmp_path, Plan(), GOOD)
    text = page.read_text()
    assert text.startswith(f"# Title\n\n{BEGIN}\n")
    assert text.endswith(f"{END}\n\nWords.\n")
    assert table(GOOD) in text
    assert "200 people × 50 tokens a second × 300 tokens" in text
    written = json.loads((tmp_path / "frontend.json").read_text())
    assert len(written["results"]) == len(GOOD)


def test_a_report_makes_its_page(tmp_path: Path) -> None:
    write(tmp_path / "new", Plan(), GOOD)
    assert table(GOOD) in (tmp_path / "new" / "frontend.md").read_text()
