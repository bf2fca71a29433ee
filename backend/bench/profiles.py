"""`python -m backend.bench.profiles`: boots engines by launcher options, measures each under load.

    --case "NAME=PROFILE FLAGS"   one engine: a profile, and flags after it (repeat it)
    --case "NAME=plain FLAGS"     one engine without launcher and profile, to compare with

Every case is booted in turn; its phases, its KV cache in tokens and its throughput under each load
(`--loads USERSxINPUTxOUTPUT`, tokens) go to one JSON file. With `--card-time` the last load is run
once more, and some of its seconds are recorded on the card.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.bench import card_time
from backend.bench.launched import BootFailedError, LaunchedEngine
from backend.bench.plain import PlainEngine
from backend.bench.stopping import stop_like_ctrl_c
from backend.bench.throughput import serve_bench

LOADS = ("1x256x256", "32x256x256", "256x256x256")
_PROMPTS_PER_USER = 4
_STEADY_SECONDS = 30.0  # by then vLLM's benchmark has imported itself and all users are served


@dataclass(frozen=True, slots=True)
class Load:
    """So many users at once, with prompts and replies of so many tokens."""

    num_users: int
    input_tokens: int
    output_tokens: int

    @classmethod
    def read(cls, text: str) -> Load:
        """A load from `USERSxINPUTxOUTPUT`.

        Raises:
            ValueError: the text is none.
        """
        users, input_tokens, output_tokens = map(int, text.split("x"))
        return cls(users, input_tokens, output_tokens)


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
            result["throughput"] = _throughput(arguments, engine.port)
            if arguments.card_time and profile != "plain":
                result["card_time"] = _card_time(arguments, engine.port)
    except (BootFailedError, RuntimeError, OSError) as error:
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
        "WARMLINE_ENGINE_FLAGS": f"{flags} {_recording(arguments)}",
        "WARMLINE_SERVED_MODEL_NAME": arguments.served_model_name,
        "WARMLINE_CACHE_DIR": str(arguments.out / "cache"),
    }
    return LaunchedEngine(arguments.python, options, log)


def _recording(arguments: argparse.Namespace) -> str:
    return card_time.flags(arguments.out / "card-time") if arguments.card_time else ""


def _throughput(arguments: argparse.Namespace, port: int) -> list[dict[str, Any]]:
    loads = [Load.read(text) for text in arguments.loads]
    largest = max(load.num_users for load in loads)
    # Thrown away: kernels compile at their first use.
    _bench(arguments, port, Load(largest, loads[-1].input_tokens, 32), num_prompts=largest)
    return [_bench(arguments, port, load) for load in loads]


def _card_time(arguments: argparse.Namespace, port: int) -> dict[str, Any]:
    recording = card_time.record_later(port, after_seconds=_STEADY_SECONDS)
    _bench(arguments, port, Load.read(arguments.loads[-1]))
    recording.join()
    return card_time.read(arguments.out / "card-time")


def _bench(
    arguments: argparse.Namespace, port: int, load: Load, num_prompts: int | None = None
) -> dict[str, Any]:
    return serve_bench(
        arguments.python,
        port,
        model=arguments.served_model_name,
        tokenizer=arguments.model,
        num_users=load.num_users,
        num_prompts=num_prompts or load.num_users * _PROMPTS_PER_USER,
        input_tokens=load.input_tokens,
        output_tokens=load.output_tokens,
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
    parser.add_argument("--loads", nargs="*", default=list(LOADS), help="USERSxINPUTxOUTPUT")
    parser.add_argument(
        "--card-time", action="store_true", help="record the launched engines' card"
    )
    parser.add_argument("--name", default="profiles", help="of the result's file")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    stop_like_ctrl_c()
    sys.exit(main())
