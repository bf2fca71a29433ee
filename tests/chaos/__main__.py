"""`make chaos`: 200 faults, 20 people, the real engine on the CPU. Ends with 0 if nothing is wrong.

python -m tests.chaos [--seed 1] [--faults 200] [--boots 6] [--people 20] [--scripted]
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.chaos.engines import Engine, RealEngine, ScriptedEngine
from tests.chaos.play import Outcome, play

MINUTES = 40


async def run(options: argparse.Namespace) -> Outcome:
    """The whole run, in a folder of its own."""
    async with AsyncExitStack() as on_exit:
        folder = Path(on_exit.enter_context(tempfile.TemporaryDirectory(prefix="warmline-chaos-")))
        made = ScriptedEngine() if options.scripted else RealEngine(folder)
        engine: Engine = await on_exit.enter_async_context(made)
        async with asyncio.timeout(60 * MINUTES):
            return await play(
                engine,
                folder / "data",
                seed=options.seed,
                num_faults=options.faults,
                num_boots=options.boots,
                num_people=options.people,
                say=tell,
            )


def tell(line: str) -> None:
    """One line of the run's story."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--boots", type=int, default=6)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--scripted", action="store_true", help="an engine without a model")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave no process behind
    outcome = asyncio.run(run(options))
    for line in (
        f"seed {options.seed}: {outcome.faults.total()} faults in {outcome.seconds:.0f} s",
        f"faults: {dict(outcome.faults)}",
        f"messages: {outcome.num_sent} sent, {outcome.num_refused} taken back",
        f"replies: {dict(outcome.replies)}",
        f"wrong: {len(outcome.wrong)}",
    ):
        tell(line)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
