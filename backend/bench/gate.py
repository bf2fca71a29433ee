"""`python -m backend.bench.gate`: the chat's gate without its page, one JSON line for each change.

Runs in the chat's environment, told by the chat's settings where the engine is. Its warm-up is the
chat's own, so `ready` is what people would have seen. `at` is in seconds of the system's monotonic
clock, which every process of the machine reads alike.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from backend.readiness.gate import GateState
from backend.wiring import services


def write(state: GateState) -> None:
    """Write how far the gate is."""
    change = {
        "at": time.monotonic(),
        "phase": state.phase,
        "problem": state.problem and state.problem.kind,
        "bursts": [[burst.num_requests, burst.mean_ttft_seconds] for burst in state.bursts],
    }
    sys.stdout.write(json.dumps(change) + "\n")
    sys.stdout.flush()


async def follow() -> None:
    """Watch the engine until the process is ended."""
    gate = services().gate
    write(gate.state)
    gate.subscribe(write)
    await services().watch.run()


if __name__ == "__main__":
    asyncio.run(follow())
