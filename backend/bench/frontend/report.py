"""The results as a table of medians and ratios, and as JSON with every single run."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from backend.bench.frontend.runs import COOKBOOK, OURS, Plan, Result

LIBRARIES = ("chainlit", "openai", "aiohttp", "httpx2", "uvicorn", "uvloop", "python-socketio")
BEGIN, END = "<!-- bench-frontend -->", "<!-- /bench-frontend -->"
_BLOCK = re.compile(f"{BEGIN}.*{END}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a value of a measurement, in a unit that a person reads."""

    label: str
    measurement: str
    value: str
    factor: float = 1.0
    is_cost: bool = True  # so that a ratio says something


ROWS = (
    Row("CPU a token, whole turn, µs", "load/1", "cpu_us_per_token"),
    Row("CPU a token, stream alone, µs", "load/1", "stream_cpu_us_per_token"),
    Row("CPU a token, 8 tokens a chunk, µs", "load/8", "cpu_us_per_token"),
    Row("CPU a token, 20 people, replies of 500 tokens, µs", "length/500", "cpu_us_per_token"),
    Row("CPU a token, 20 people, replies of 4,000 tokens, µs", "length/4000", "cpu_us_per_token"),
    Row("CPU a message of one token, all at once, ms", "load/1", "cpu_ms_per_message"),
    Row("CPU a message of one token, alone, ms", "idle", "cpu_ms_per_message"),
    Row("frames a second for each person", "load/1", "frames_per_second", is_cost=False),
    Row("longest pause between frames, s", "load/1", "longest_pause_seconds"),
    Row("last text after the engine's last token, s", "load/1", "last_late_p50_seconds"),
    Row("TTFT p50, all at once, s", "load/1", "ttft_p50_seconds"),
    Row("TTFT p99, all at once, s", "load/1", "ttft_p99_seconds"),
    Row("TTFT added to the engine's, alone, p50, ms", "idle", "added_ttft_p50_seconds", 1e3),
    Row("TTFT added to the engine's, alone, p99, ms", "idle", "added_ttft_p99_seconds", 1e3),
    Row(
        "page: first text after the engine's, turns 1–10, p50, ms",
        "page/first",
        "first_late_first_turns_p50_seconds",
        1e3,
    ),
    Row(
        "page: the same, turns 31–40, p50, ms",
        "page/first",
        "first_late_last_turns_p50_seconds",
        1e3,
    ),
    Row("page: the same, all forty, p50, ms", "page/first", "first_late_p50_seconds", 1e3),
    Row("page, 1,000 tokens: end shown after the engine's, s", "page/1000", "last_late_seconds"),
    Row("page, 1,000 tokens: dropped frames, %", "page/1000", "dropped_share", 100, is_cost=False),
    Row("page, 4,000 tokens: end shown after the engine's, s", "page/4000", "last_late_seconds"),
    Row("page, 4,000 tokens: dropped frames, %", "page/4000", "dropped_share", 100, is_cost=False),
    Row("page, 4,000 tokens: renderings a second", "page/4000", "renders_per_second"),
    Row("page, 4,000 tokens: longest task, ms", "page/4000", "longest_task_seconds", 1e3),
    Row("page, 4 × slower processor: end shown, s", "page/4000/slow", "last_late_seconds"),
    Row(
        "page, 4 × slower processor: longest task, ms",
        "page/4000/slow",
        "longest_task_seconds",
        1e3,
    ),
    Row("memory of an open page, KiB", "memory", "kib_per_session"),
    Row("memory that a page leaves behind, KiB", "memory", "kept_kib_per_session"),
    Row("growth for each chat of a soak, KiB", "soak", "growth_kib_per_chat"),
)


def values_of(results: Sequence[Result], app: str, row: Row) -> list[float]:
    """A row's values for an app, one a repeat."""
    return [
        result.values[row.value] * row.factor
        for result in results
        if result.app == app and result.name == row.measurement and row.value in result.values
    ]


def ratios(results: Sequence[Result], row: Row) -> list[float]:
    """The cookbook's value over ours, repeat by repeat."""
    ours, theirs = values_of(results, OURS, row), values_of(results, COOKBOOK, row)
    return [their / our for our, their in zip(ours, theirs, strict=False) if our]


def num_wrong(results: Sequence[Result]) -> int:
    """Replies of ours whose text was not what the engine sent."""
    return sum(result.values.get("num_wrong", 0) for result in results if result.app == OURS)


def table(results: Sequence[Result]) -> str:
    """Medians, with the least and the greatest value in brackets where there are several."""
    apps = list(dict.fromkeys(result.app for result in results))
    apps.sort(key=[OURS, COOKBOOK, "direct"].index if set(apps) <= _KNOWN else apps.index)
    lines = [f"| | {' | '.join(apps)} | {COOKBOOK} ÷ {OURS} |", "|---" * (len(apps) + 2) + "|"]
    for row in ROWS:
        cells = [_cell(values_of(results, app, row)) for app in apps]
        if any(cells):
            ratio = _cell(ratios(results, row)) if row.is_cost else ""
            lines.append(f"| {row.label} | {' | '.join(cells)} | {ratio} |")
    return "\n".join(lines)


_KNOWN = {OURS, COOKBOOK, "direct"}


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    middle = f"{median(values):.3g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.3g}–{max(values):.3g})"


def surroundings(plan: Plan, results: Sequence[Result]) -> str:
    """The machine, the versions and the load, in a sentence each."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    loads = [result.machine_load for result in results]
    return (
        f"{datetime.now(UTC):%d %B %Y}: {os.cpu_count()} cores of {_processor()}, "
        f"Linux {platform.release()}, Python {platform.python_version()}, {libraries}. "
        f"{plan.num_people} people × {plan.tokens_per_second} tokens a second × "
        f"{plan.num_tokens} tokens, {plan.repeats} repeats in alternation: median (least–greatest)."
        f" Load of the machine by itself and others: {min(loads):.1f}–{max(loads):.1f}."
    )


def write(folder: Path, plan: Plan, results: Sequence[Result]) -> None:
    """Write `frontend.json`, and the table into its place in `frontend.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_rounded(asdict(result))) for result in results]
    head = json.dumps({"plan": asdict(plan)}, default=str)[:-1]
    runs = f'{head}, "results": [\n' + ",\n".join(lines) + "\n]}\n"
    (folder / "frontend.json").write_text(runs)
    block = f"{BEGIN}\n{surroundings(plan, results)}\n\n{table(results)}\n{END}"
    page = folder / "frontend.md"
    text = page.read_text() if page.exists() else f"# The front end\n\n{BEGIN}{END}\n"
    page.write_text(_BLOCK.sub(lambda _: block, text))


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Four digits: no measurement here has more."""
    return {
        name: _rounded(value)
        if isinstance(value, dict)
        else float(f"{value:.4g}")
        if isinstance(value, float)
        else value
        for name, value in values.items()
    }


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()
