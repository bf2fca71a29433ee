"""The starts of a bench as a table: seconds by phase, their median and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from backend.launcher.phases import Phase

SCENARIOS = ("cold", "warm", "crash", "plain")
WARMING_UP = "warming_up"
UNTIL_HEALTHY = tuple(phase for phase in Phase if phase not in (Phase.SERVING, Phase.FAILED))
PARTS = (*UNTIL_HEALTHY, WARMING_UP)

JsonBoot = Mapping[str, Any]


def parts_of(boot: JsonBoot) -> dict[str, float]:
    """Seconds of each part of a start, those that took none left out; they add up to the whole.

    The server's own start belongs to the last phase that the log names; `warming_up` is from
    `/health` until the gate opened.
    """
    seconds = dict.fromkeys(PARTS, 0.0)
    for phase, took in boot["phases"]:
        seconds[phase] += took
    last = next((phase for phase, _ in reversed(boot["phases"])), UNTIL_HEALTHY[0])
    seconds[last] += boot["health_seconds"] - sum(seconds.values())
    if boot.get("ready_seconds") is not None:
        seconds[WARMING_UP] = boot["ready_seconds"] - boot["health_seconds"]
    return {part: round(took, 2) for part, took in seconds.items() if round(took, 2)}


def by_scenario(boots: Sequence[JsonBoot]) -> dict[str, list[JsonBoot]]:
    """The starts of each scenario that was played, in the scenarios' order."""
    played = {name: [b for b in boots if b["scenario"] == name] for name in SCENARIOS}
    return {name: of_it for name, of_it in played.items() if of_it}


def table(boots: Sequence[JsonBoot]) -> str:
    """The table in Markdown: a row for each scenario, its median and, in brackets, its spread."""
    groups = by_scenario(boots)
    parts = [part for part in PARTS if any(part in parts_of(boot) for boot in boots)]
    columns = ["start", "times", *parts, "`/health`", "ready", "files written"]
    lines = [_row(columns), _row(["---"] * len(columns))]
    for name, group in groups.items():
        by_part = [[parts_of(boot).get(part, 0.0) for boot in group] for part in parts]
        health = [boot["health_seconds"] for boot in group]
        ready = [boot.get("ready_seconds") for boot in group]
        cells = [_spread(seconds) for seconds in (*by_part, health, ready)]
        lines.append(_row([name, str(len(group)), *cells, _files(group)]))
    return "\n".join(lines)


def _spread(seconds: Sequence[float | None]) -> str:
    known = [second for second in seconds if second is not None]
    if not known:
        return "—"
    middle = f"{median(known):.1f}"
    low, high = f"{min(known):.1f}", f"{max(known):.1f}"
    return middle if low == high else f"{middle} ({low}–{high})"


def _files(group: Sequence[JsonBoot]) -> str:
    """The most files that one of these starts added, by cache."""
    counts = [boot.get("num_files_written") or {} for boot in group]
    names = sorted({name for count in counts for name in count})
    return ", ".join(f"{max(c.get(n, 0) for c in counts)} {n}" for n in names) or "—"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
