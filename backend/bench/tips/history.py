"""When a bench's runs were measured, for a bench goes on from what earlier starts of it kept."""

from __future__ import annotations

from collections.abc import Sequence

from backend.bench.tips.journal import Journal
from backend.bench.tips.plan import Boot


def history(journal: Journal, boots: Sequence[Boot]) -> dict[str, str]:
    """What a report says of it: the first to the last run, and how many are not of this start."""
    done = [run.key for boot in boots for run in boot.runs if journal.is_done(run.key)]
    if not done:
        return {"date": "nothing is measured yet"}
    times = sorted(filter(None, map(journal.at, done)))
    num_earlier = sum(map(journal.is_earlier, done))
    earlier = f", {num_earlier} of them by an earlier start of the bench" if num_earlier else ""
    return {"date": _span(times[0], times[-1]), "runs": f"{len(done)}{earlier}"}


def _span(first: str, last: str) -> str:
    day, minute = last[:10], last[11:16]
    end = minute if first[:10] == day else f"{day} {minute}"
    return f"{first[:10]} {first[11:16]} to {end} UTC"
