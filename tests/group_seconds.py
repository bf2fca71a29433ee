"""Says before pytest's summary how many seconds each group took: each folder of `tests/`.

Loaded by `-p tests.group_seconds`.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePath

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up the reports' seconds, fixtures included."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[PurePath(report.nodeid).parts[1]] += report.duration
    groups = ", ".join(f"{group} {took:.0f} s" for group, took in sorted(seconds.items()))
    terminalreporter.write_line(f"Seconds by group: {groups}")
