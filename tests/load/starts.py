"""A warm start in containers beside one of bare processes: `python -m tests.load.starts`.

From the command to the chat's open gate: `docker compose up -d` with the CPU overlay after a `down`
(containers made anew, volumes kept) and `make demo`, in alternation; then from the `kill -9` of the
bare engine to the open gate. Needs a Docker engine (`tests/compose/engine/engine-up`) and a machine
with nothing else to do.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compose.stack import ComposeStack, copy_checkout
from tests.e2e.demo import BOOT_SECONDS, Demo
from tests.fakes.product import free_port

NUM_PAIRS = 3


async def in_containers(stack: ComposeStack) -> float:
    """Seconds from `up` until the gate is open, containers made anew."""
    await stack.down()
    began = time.monotonic()
    await stack.up()
    await stack.ready()
    return time.monotonic() - began


@dataclass(frozen=True)
class Bare:
    """Seconds until the gate was open: from `make demo`, and from the engine's `kill -9`.

    `eta_off`: how far the estimate was off at worst, as a share of the first.
    """

    started: float
    back: float
    eta_off: float


async def bare(data_dir: Path) -> Bare:
    """A start and a crash of `make demo`."""
    began = time.monotonic()
    expected_ends: list[float] = []

    def is_ready(body: dict[str, Any]) -> bool:
        if body["eta_seconds"] is not None:
            expected_ends.append(time.monotonic() - began + body["eta_seconds"])
        return bool(body["ready"])

    async with Demo(data_dir) as demo:
        await demo.shows(is_ready, "ready", BOOT_SECONDS)
        started = time.monotonic() - began
        demo.kill_engine()
        killed = time.monotonic()
        await demo.shows(lambda body: not body["ready"], "a closed gate")
        await demo.ready(within_seconds=BOOT_SECONDS)
        back = time.monotonic() - killed
        await demo.press_ctrl_c()
    eta_off = max((abs(end - started) / started for end in expected_ends), default=float("nan"))
    return Bare(started, back, eta_off)


def row(name: str, seconds: Sequence[float]) -> str:
    """One line of the table, in seconds."""
    each = ", ".join(f"{s:.1f}" for s in seconds)
    return f"| {name} | {statistics.median(seconds):.1f} | {each} |"


async def main() -> None:
    """Measure, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "warmline")
        stack = ComposeStack(checkout, project=f"starts-{os.getpid()}", port=free_port())
        composed: list[float] = []
        bares: list[Bare] = []
        try:
            await stack.build()
            await in_containers(stack)  # fills the caches
            await stack.down()
            await bare(Path(folder) / "data")
            for _ in range(NUM_PAIRS):
                composed.append(await in_containers(stack))
                await stack.down()
                bares.append(await bare(Path(folder) / "data"))
        finally:
            await stack.remove()
    ratios = [one / other.started for one, other in zip(composed, bares, strict=True)]
    lines = [
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}",
        "| until the gate is open | median, s | each |",
        "|---|---|---|",
        row("`docker compose up -d`, containers made anew", composed),
        row("`make demo`, set up before", [each.started for each in bares]),
        row("bare engine killed with SIGKILL", [each.back for each in bares]),
        f"Containers ÷ bare: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})",
        "The estimate was off at worst by "
        + ", ".join(f"{each.eta_off:.0%}" for each in bares)
        + " of the whole start",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
