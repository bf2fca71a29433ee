"""`python -m backend.bench.frontend`: see the package."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

import uvloop

from backend.bench.frontend.report import ROWS, num_wrong, ratios, table, values_of, write
from backend.bench.frontend.runs import OURS, SHORT, Bench, Plan, Result

LEAST_RATIO = 5.0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complaints(plan: Plan, results: Sequence[Result]) -> list[str]:
    """What must not be: sentences, none where all is well."""
    said = []
    if wrong := num_wrong(results):
        said.append(f"{wrong} replies were not what the engine sent")
    ratio = median(ratios(results, ROWS[0]))
    if ratio < LEAST_RATIO:
        said.append(f"a token costs only {ratio:.1f} times less than in the cookbook's app")
    for growth in values_of(results, OURS, ROWS[-1]):
        if growth > plan.most_growth_kib_per_chat:
            said.append(f"the process grows by {growth:.1f} KiB a chat")
    return said


async def _bench(plan: Plan) -> list[Result]:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    bench = Bench(plan, say)
    await bench.run()
    return bench.results


def main() -> int:
    """Measure, report; 1 where something must not be."""
    parser = argparse.ArgumentParser(prog="python -m backend.bench.frontend")
    parser.add_argument("--short", action="store_true", help="less than a minute, no report")
    parser.add_argument("--people", type=int, default=Plan.num_people)
    parser.add_argument("--tokens", type=int, default=Plan.num_tokens, help="of each reply")
    parser.add_argument("--repeats", type=int, default=Plan.repeats)
    parser.add_argument(
        "--beside", type=Path, nargs="*", default=[], help="other checkouts, measured as well"
    )
    parser.add_argument("--output", type=Path, default=Path("docs/measurements"))
    args = parser.parse_args()
    plan = SHORT
    if not args.short:
        plan = Plan(
            num_people=args.people,
            num_tokens=args.tokens,
            repeats=args.repeats,
            beside=tuple(args.beside),
        )
    with suppress(asyncio.CancelledError):
        results = uvloop.run(_bench(plan))
        say(table(results))
        if not args.short:
            write(args.output, plan, results)
        wrong = complaints(plan, results)
        for sentence in wrong:
            say(f"FAILED: {sentence}.")
        return 1 if wrong else 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
