"""`python -m backend.bench.warmup`: is the first burst of people as quick as the second?

Boots vLLM through the launcher, runs the chat's own warm-up against it, and then sends two bursts
of each size as people would, with replies of a usual length. Beside it, on a start of its own, the
same without the warm-up. Standard library only: it runs in vLLM's environment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from backend.bench.completion import first_token_seconds
from backend.bench.launched import BootFailedError, LaunchedEngine
from backend.bench.stopping import stop_like_ctrl_c
from backend.readiness.gate import WarmupBurst
from backend.readiness.warmup import Warmup
from backend.readiness.warmup_policy import Capacity

REPLY_TOKENS = 64
WORDS = "please tell me how rain forms and why the sky over the sea is so often grey"


def main() -> int:
    """Measure, write the numbers, print them."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cases = []
    for is_warmed in (True, False) if arguments.compare else (True,):
        try:
            case = _measure(arguments, is_warmed)
        except BootFailedError as error:
            sys.stdout.write(f"{error}\n")
            return 1
        cases.append(case)
        sys.stdout.write(f"{_lines(case)}\n")
        sys.stdout.flush()
    path = arguments.out / f"{arguments.name}.json"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    on = {"at": at, "num_cores": os.cpu_count(), "command": " ".join(sys.argv)}
    path.write_text(json.dumps({"on": on, "cases": cases}, indent=1) + "\n")
    return 0


def _measure(arguments: argparse.Namespace, is_warmed: bool) -> dict[str, Any]:
    """One start, warmed up or not, and two bursts of people of each size."""
    options = {
        "WARMLINE_ENGINE_MODEL": arguments.model,
        "WARMLINE_ENGINE_PROFILE": arguments.profile,
        "WARMLINE_ENGINE_FLAGS": arguments.flags,
        "WARMLINE_SERVED_MODEL_NAME": "model",
        "WARMLINE_CACHE_DIR": str(arguments.out / "cache"),
    }
    name = "warmed" if is_warmed else "not-warmed"
    log = arguments.out / f"{arguments.name}-{name}.log"
    with LaunchedEngine(arguments.python, options, log) as engine:
        boot = {"health_seconds": engine.boot.health_seconds, "is_warmed": is_warmed}
        warmed = asyncio.run(_warm_up(engine)) if is_warmed else {}
        bursts = [_people(engine, size) for size in arguments.users for _ in range(2)]
        return boot | warmed | {"people": bursts}


async def _warm_up(engine: LaunchedEngine) -> dict[str, Any]:
    bursts: list[WarmupBurst] = []

    async def generate(prompt: str, max_tokens: int) -> float:
        return await first_token_seconds(engine.port, "model", prompt, max_tokens)

    status = engine.status()
    capacity = Capacity(
        max_num_seqs=status.get("max_num_seqs"), max_model_len=status.get("max_model_len")
    )
    began_at = time.monotonic()
    warmed = await Warmup(generate).run(lambda: capacity, bursts.append)
    return {
        "warmup_seconds": round(time.monotonic() - began_at, 2),
        "warmup_ended": warmed.ended,
        "warmup_bursts": [[b.num_requests, round(b.mean_ttft_seconds, 3)] for b in bursts],
        "num_jit_compilations": engine.status().get("num_jit_compilations"),
    }


def _people(engine: LaunchedEngine, size: int) -> dict[str, Any]:
    """One burst of people: prompts of 20 to 200 words, none like another."""

    async def burst() -> list[float]:
        dice = random.Random(time.monotonic_ns())
        prompts = [
            " ".join(dice.choices(WORDS.split(), k=dice.randint(20, 200))) for _ in range(size)
        ]
        asked = (first_token_seconds(engine.port, "model", p, REPLY_TOKENS) for p in prompts)
        return await asyncio.gather(*asked)

    before = engine.status().get("num_jit_compilations") or 0
    seconds = sorted(asyncio.run(burst()))
    return {
        "num_requests": size,
        "mean_ttft_seconds": round(fmean(seconds), 3),
        "slowest_ttft_seconds": round(seconds[-1], 3),
        "num_jit_compilations": (engine.status().get("num_jit_compilations") or 0) - before,
    }


def _lines(case: dict[str, Any]) -> str:
    lines = [f"/health after {case['health_seconds']} s"]
    if case["is_warmed"]:
        lines.append(
            f"warm-up: {case['warmup_seconds']} s, {case['warmup_ended']}, "
            f"{case['num_jit_compilations']} JIT compilations, "
            + ", ".join(f"{size} at once {mean} s" for size, mean in case["warmup_bursts"])
        )
    else:
        lines.append("no warm-up")
    for first, second in zip(case["people"][::2], case["people"][1::2], strict=True):
        ratio = first["mean_ttft_seconds"] / second["mean_ttft_seconds"]
        lines.append(
            f"{first['num_requests']} people at once: mean TTFT {first['mean_ttft_seconds']} s, "
            f"then {second['mean_ttft_seconds']} s (ratio {ratio:.2f}; JIT compilations "
            f"{first['num_jit_compilations']}, {second['num_jit_compilations']})"
        )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench.warmup",
        description="Compares the first burst of people after the warm-up with the second.",
    )
    parser.add_argument("--python", default=sys.executable, help="of vLLM's environment")
    parser.add_argument("--model", required=True, help="a folder or a hub id")
    parser.add_argument("--profile", default="auto")
    parser.add_argument("--flags", default="", help="appended to vLLM's command")
    parser.add_argument("--users", type=int, nargs="*", default=[32, 256], help="burst sizes")
    parser.add_argument("--compare", action="store_true", help="a second start, not warmed up")
    parser.add_argument("--name", default="warmup", help="of the result's file")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    stop_like_ctrl_c()
    sys.exit(main())
