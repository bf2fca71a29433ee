"""What has been measured, a line each, so that a bench that was broken off goes on from there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.bench.tips.files import append_line
from backend.bench.tips.plan import Boot
from backend.bench.tips.results import NOT_REACHED, Numbers, Results
from backend.bench.tips.workloads import Workload


class Journal:
    """Finished and failed starts and runs of one bench.

    Args:
        path: the file; read now if it is there.
        context: what else decides the numbers (model, profile, version …). Lines of another
            context are left alone.
    """

    def __init__(self, path: Path, context: Mapping[str, Any]) -> None:
        self._path = path
        self._context = json.dumps(context, sort_keys=True)
        self._entries: dict[str, dict[str, Any]] = {}
        for line in _whole_lines(path):
            if line.get("context") == self._context:
                self._entries[line["key"]] = line
        self._earlier = frozenset(filter(self.is_done, self._entries))

    def is_done(self, key: str) -> bool:
        """Whether it has been measured. What failed is tried again by the next bench."""
        return "numbers" in self._entries.get(key, {})

    def numbers(self, key: str) -> Numbers | None:
        """What was measured; `None` where nothing was."""
        found: Numbers | None = self._entries.get(key, {}).get("numbers")
        return found

    def seconds(self, key: str) -> float | None:
        """How long it took."""
        found: float | None = self._entries.get(key, {}).get("seconds")
        return found

    def at(self, key: str) -> str | None:
        """When it was over, in UTC."""
        found: str | None = self._entries.get(key, {}).get("at")
        return found

    def is_earlier(self, key: str) -> bool:
        """Whether an earlier start of the bench measured it."""
        return key in self._earlier

    def failure(self, key: str) -> str | None:
        """Why it failed, if the last try did."""
        found: str | None = self._entries.get(key, {}).get("failed")
        return found

    def has_failed(self, key: str) -> bool:
        """Whether the last try failed. What was not reached was not tried."""
        return self.failure(key) not in (None, NOT_REACHED)

    def finished(self, key: str, numbers: Numbers, seconds: float) -> None:
        """Keep what was measured.

        Raises:
            NoSpaceError: the disk is full.
        """
        self._add(key, {"seconds": round(seconds, 2), "numbers": dict(numbers)})

    def failed(self, key: str, reason: str) -> None:
        """Keep why it was not.

        Raises:
            NoSpaceError: the disk is full.
        """
        self._add(key, {"failed": reason})

    def results(self, boots: tuple[Boot, ...]) -> Results:
        """What is known of these starts and their runs."""
        runs: dict[tuple[str, Workload], tuple[Numbers, ...]] = {}
        started: dict[str, Numbers] = {}
        failures: dict[str, str] = {}
        run_failures: dict[tuple[str, Workload], tuple[str, ...]] = {}
        for boot in boots:
            engine = boot.configuration.key
            if (told := self.numbers(boot.key)) is not None:
                started[engine] = told
            if failure := self.failure(boot.key):
                failures[engine] = failure
            for run in boot.runs:
                place = (engine, run.workload)
                if (numbers := self.numbers(run.key)) is not None:
                    runs[place] = (*runs.get(place, ()), numbers)
                if failure := self.failure(run.key):
                    run_failures[place] = (*run_failures.get(place, ()), failure)
        return Results(runs, started, failures, run_failures)

    def _add(self, key: str, result: Mapping[str, Any]) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        entry = {"key": key, "at": at, **result, "context": self._context}
        append_line(self._path, json.dumps(entry))
        self._entries[key] = entry


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The lines that were written to their end."""
    lines: list[dict[str, Any]] = []
    if not path.exists():
        return lines
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "key" in line:
            lines.append(line)
    return lines
