"""`python -m backend.bench.profiles`: boots engines by launcher options, measures each under load.

    --case "NAME=PROFILE FLAGS"   one engine: a profile, and flags after it (repeat it)
    --case "NAME=plain FLAGS"     one engine without launcher and profile, to compare with

Every case is booted in turn; its phases, its KV cache in tokens and its throughput at
1, 32 and 256 users go to one JSON file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from backend.bench.launched import BootFailedError, LaunchedEngine
from backend.bench.plain import PlainEngine
from backend.bench.throughput import serve_bench

LOADS = {1: 4, 32: 128, 256: 1024}  # users at once: prompts in all


def main() -> int:
    """Run the cases in order; a case that fails is recorded, and the rest goes on."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    for case in arguments.case:
        name, _, flags = case.partition("=")
        result = _run(arguments, name, flags)
        results.append(result)
        _write(arguments.out / f"{arguments.name}.json", results)
        sys.stdout.write(json.dumps({k: v for k, v in result.items() if k != "command"}) + "\n")
        sys.stdout.flush()
    return 0


def _run(arguments: argparse.Namespace, name: str, flags: str) -> dict[str, Any]:
    profile, *rest = flags.split(" ", 1)
    result: dict[str, Any] = {"case": name, "profile": profile, "flags": " ".join(rest)}
    log = arguments.out / f"{arguments.name}-{name}.log"
    try:
        with _engine(arguments, profile, " ".join([*rest, arguments.flags]), log) as engine:
            result |= engine.boot.as_json()
            result["throughput"] = [
                _load(arguments, engine.port, users) for users in arguments.users
            ]
    except (BootFailedError, RuntimeError) as error:
        result["failed"] = str(error)
    return result


def _engine(
    arguments: argparse.Namespace, profile: str, flags: str, log: Path
) -> LaunchedEngine | PlainEngine:
    if profile == "plain":
        name = arguments.served_model_name
        words = ["--model", arguments.model, "--served-model-name", name, *shlex.split(flags)]
        return PlainEngine(arguments.python, words, log)
    options = {
        "WARMLINE_ENGINE_MODEL": arguments.model,
        "WARMLINE_ENGINE_PROFILE": profile,
        "WARMLINE_ENGINE_FLAGS": flags,
        "WARMLINE_SERVED_MODEL_NAME": arguments.served_model_name,
        "WARMLINE_CACHE_DIR": str(arguments.out / "cache"),
    }
    return LaunchedEngine(arguments.python, options, log)


def _load(arguments: argparse.Namespace, port: int, num_users: int) -> dict[str, Any]:
    common = {
        "model": arguments.served_model_name,
        "tokenizer": arguments.model,
        "environment": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    }
    warm = max(num_users, 16)  # thrown away: kernels compile at their first use
    serve_bench(
        arguments.python, port, num_users=num_users, num_prompts=warm, output_tokens=32, **common
    )
    return serve_bench(
        arguments.python, port, num_users=num_users, num_prompts=LOADS[num_users], **common
    )


def _write(path: Path, results: list[dict[str, Any]]) -> None:
    machine = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": " ".join(sys.argv),
    }
    path.write_text(json.dumps({"on": machine, "cases": results}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench.profiles", description="Boots engines and measures them."
    )
    parser.add_argument("--python", default=sys.executable, help="of vLLM's environment")
    parser.add_argument("--model", required=True, help="a folder or a hub id")
    parser.add_argument("--served-model-name", default="model")
    parser.add_argument("--flags", default="", help="for every case, such as --load-format dummy")
    parser.add_argument("--case", action="append", required=True, help="NAME=PROFILE FLAGS")
    parser.add_argument("--users", type=int, nargs="*", default=list(LOADS))
    parser.add_argument("--name", default="profiles", help="of the result's file")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
