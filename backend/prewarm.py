"""`python -m backend.prewarm`: fills every cache of the engine, so that its next start is warm.

Runs beside a launcher. The first start compiles, and the chat's own warm-up makes the kernels that
the chat will use. Then the launcher begins anew: that shows that the next start is a warm one, and
how long it takes. This is written down last, so a run that was interrupted is done again.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from backend.launcher.prewarmed import Report, lines_of, record
from backend.readiness.gate import Gate, GateState, Phase
from backend.wiring import Services, services

LAUNCHER_SECONDS = 60.0  # a launcher that does not answer after so long does not come
ASK_AGAIN_SECONDS = 0.5
IN_USE = (
    "Somebody's requests are in the engine: its warm-up was left to them, and nothing is written "
    "down. Run this again when nobody uses it, or stop the chat meanwhile."
)


class PrewarmError(Exception):
    """The caches cannot be filled; `str()` says why, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start that ended with an open gate: seconds in all, and the warm-up's part of them.

    `is_used_by_others`: the warm-up was cut short, so its kernels may not be there.
    """

    ready_seconds: float
    warmup_seconds: float
    is_used_by_others: bool = False


class Starts:
    """Follows the gate through one start after another.

    Args:
        gate: the process's.
        say: writes a line.
        clock: monotonic seconds.
    """

    def __init__(
        self, gate: Gate, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._changes: asyncio.Queue[tuple[float, GateState]] = asyncio.Queue()
        gate.subscribe(lambda state: self._changes.put_nowait((clock(), state)))

    async def next(self) -> Start:
        """Wait until the gate opens; the start begins with the first change that is seen.

        Raises:
            PrewarmError: The engine cannot start.
        """
        began_at = served_at = None
        said = ""
        while True:
            at, state = await self._changes.get()
            began_at = at if began_at is None else began_at
            if state.phase is Phase.WARMING_UP and served_at is None:
                served_at = at
            words = _in_words(state)
            if words != said:
                self._say(f"{at - began_at:6.1f} s  {words}")
                said = words
            if state.phase is Phase.FAILED:
                raise PrewarmError("The engine cannot start.")
            if state.ready:
                warmup_seconds = at - (at if served_at is None else served_at)
                return Start(at - began_at, warmup_seconds, state.is_used_by_others)


async def prewarm(
    services: Services, *, launcher: int, cache_dir: Path, say: Callable[[str], None]
) -> None:
    """Fill the caches and say what lies where; nothing is done where the next start is warm.

    Args:
        services: know where the engine and its launcher are.
        launcher: its process id.
        cache_dir: the launcher's (`WARMLINE_CACHE_DIR`).
        say: writes a line.

    Raises:
        PrewarmError: The engine cannot start, is in use, or its launcher does not answer.
    """
    before = await _report(services)
    if before.is_warm:
        say("Nothing to do, the next start is a warm one already:")
    else:
        say("Filling the engine's caches: a first start, which compiles and warms up.")
        starts = Starts(services.gate, say)
        await services.start()
        cold = await starts.next()
        if cold.is_used_by_others or await services.engine_metrics.count_requests():
            raise PrewarmError(IN_USE)  # beginning anew would cut people's replies off
        say("Once more, as the next start will be.")
        os.kill(launcher, signal.SIGUSR1)
        warm = await starts.next()
        _write_down(await _report(services), warm, cache_dir, say)
    for line in lines_of(await _report(services)):
        say(line)


def _write_down(report: Report, warm: Start, cache_dir: Path, say: Callable[[str], None]) -> None:
    try:
        record(
            cache_dir,
            report,
            ready_seconds=round(warm.ready_seconds, 1),
            warmup_seconds=round(warm.warmup_seconds, 1),
        )
    except OSError as error:
        say(f"The caches are filled, but that cannot be written down ({error.strerror}).")


async def _report(services: Services) -> Report:
    """What the launcher says of the next start."""
    url = (services.settings.status_url or "").removesuffix("/status") + "/caches"
    deadline = time.monotonic() + LAUNCHER_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx2.HTTPError, ValueError, KeyError, TypeError):
            answer = await services.status_client.get(url)
            answer.raise_for_status()
            return Report.from_json(answer.json())
        await asyncio.sleep(ASK_AGAIN_SECONDS)
    raise PrewarmError("The engine's launcher does not answer.")


def _in_words(state: GateState) -> str:
    if state.problem is not None:
        words = (state.problem.message, state.problem.advice)
        return " ".join(filter(None, words)) or state.problem.kind
    if state.bursts:
        last = state.bursts[-1]
        return f"warming up: {last.num_requests} at once, {last.mean_ttft_seconds:.2f} s"
    return state.detail or state.phase.replace("_", " ")


async def _run(launcher: int, cache_dir: Path) -> int:
    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    parts = services()
    logging.getLogger("warmline").setLevel(logging.ERROR)  # the rest is said here, in fewer words
    try:
        await prewarm(parts, launcher=launcher, cache_dir=cache_dir, say=say)
    except PrewarmError as error:
        say(str(error))
        return 1
    finally:
        await parts.shut_down()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m backend.prewarm", description=__doc__)
    parser.add_argument("--launcher-pid", type=int, required=True, help="gets SIGUSR1")
    parser.add_argument("--cache-dir", type=Path, required=True, help="WARMLINE_CACHE_DIR")
    given = parser.parse_args()
    sys.exit(asyncio.run(_run(given.launcher_pid, given.cache_dir)))
