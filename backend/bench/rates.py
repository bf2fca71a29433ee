"""How fast this machine copies memory and multiplies matrices: what no engine on it can beat.

Run by its path in vLLM's environment, whose torch it uses; prints one line of JSON. Copying `n`
bytes reads and writes `n` each; a product of two square matrices of `n` takes 2 × n³ operations.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

_REPEATS = 7


def main() -> None:
    """Measure, print."""
    import torch

    has_card = torch.cuda.is_available()
    device = "cuda" if has_card else "cpu"
    size, side = (2**30, 8192) if has_card else (2**27, 1024)
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    left = torch.randn(side, side, device=device).to(torch.bfloat16)
    right = torch.randn(side, side, device=device).to(torch.bfloat16)
    wait = torch.cuda.synchronize if has_card else _nothing
    copied = _least_seconds(lambda: target.copy_(source), wait)
    multiplied = _least_seconds(lambda: torch.mm(left, right), wait)
    rates = {
        "bandwidth_gb_per_second": 2 * size / copied / 1e9,
        "bf16_tflops": 2 * side**3 / multiplied / 1e12,
    }
    sys.stdout.write(json.dumps(rates) + "\n")


def _least_seconds(work: Callable[[], object], wait: Callable[[], None]) -> float:
    """Of several times; the first, which allocates and compiles, rarely counts."""
    seconds = []
    for _ in range(_REPEATS):
        wait()
        began_at = time.perf_counter()
        work()
        wait()
        seconds.append(time.perf_counter() - began_at)
    return min(seconds)


def _nothing() -> None:
    pass


if __name__ == "__main__":
    main()
