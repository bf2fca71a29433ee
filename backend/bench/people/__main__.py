"""`python -m backend.bench.people`: see the package."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from backend.bench.frontend.processes import running_ours
from backend.bench.people.asking import Round
from backend.bench.people.bench import in_turns, ratios, table
from backend.bench.people.engine import Engine, engine_at
from backend.bench.people.prompts import prompts_of
from backend.bench.people.ways import Direct, Size, Sockets, VllmBench, Way

WARM_SECONDS = 300.0  # until the chat's gate is open
LEAST_RATIO = 0.95


def main() -> int:
    """Measure and report; 1 where a reply failed or too little comes through."""
    arguments = _arguments()
    rounds: list[Round] = []
    uvloop.run(_ask(arguments, rounds))
    say(table(rounds))
    ratio = median(ratios(rounds, _beside(arguments)))
    num_failed = sum(done.num_failed for done in rounds)
    say(f"Through the page's sockets: {ratio:.3f} of {_beside(arguments)}; {num_failed} failed.")
    return 0 if ratio >= LEAST_RATIO and not num_failed else 1


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _ask(arguments: argparse.Namespace, rounds: list[Round]) -> None:
    """Add each round as soon as it is over: a later one may fail."""

    def note(done: Round) -> None:
        rounds.append(done)
        say(json.dumps(asdict(done)))
        if arguments.output is not None:
            _write(arguments.output, arguments, rounds)

    engine = await engine_at(arguments.engine_url)
    prompts = await prompts_of(arguments.input_tokens, engine.count_num_tokens)
    size = Size(
        num_people=arguments.people,
        num_prompts=arguments.prompts,
        input_tokens=arguments.input_tokens,
        output_tokens=arguments.output_tokens,
    )
    with TemporaryDirectory(prefix="bench-people-") as folder:
        settings = {"WARMLINE_MAX_TOKENS": str(arguments.output_tokens)}
        async with running_ours(
            engine.url, Path(folder), settings=settings, start_seconds=WARM_SECONDS
        ) as chat:
            ways: list[Way] = [Direct(engine, prompts), Sockets(chat, prompts)]
            ways += _vllm_bench(arguments, engine)
            await in_turns(ways, size, arguments.repeats, note)


def _write(path: Path, arguments: argparse.Namespace, rounds: list[Round]) -> None:
    asked = {
        name: getattr(arguments, name)
        for name in ("people", "prompts", "input_tokens", "output_tokens", "repeats")
    }
    report = {"asked": asked, "rounds": [asdict(done) for done in rounds]}
    path.write_text(json.dumps(report, indent=1) + "\n")


def _beside(arguments: argparse.Namespace) -> str:
    """The way that the page's sockets are held against."""
    return VllmBench.name if arguments.vllm_python else Direct.name


def _vllm_bench(arguments: argparse.Namespace, engine: Engine) -> list[Way]:
    if not arguments.vllm_python:
        return []
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    given: Mapping[str, str] = {}
    if arguments.vllm_pythonpath:
        given = {"PYTHONPATH": arguments.vllm_pythonpath}
    return [VllmBench(engine, arguments.tokenizer, arguments.vllm_python, {**inherited, **given})]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench.people",
        description="Tokens a second of a real engine: through our page, and directly.",
    )
    parser.add_argument("--engine-url", default="http://127.0.0.1:8001/v1")
    parser.add_argument("--people", type=int, default=256, help="who ask at once")
    parser.add_argument("--prompts", type=int, default=1024, help="of each round, in all")
    parser.add_argument("--input-tokens", type=int, default=1024, help="of a prompt")
    parser.add_argument("--output-tokens", type=int, default=256, help="of a reply, at most")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--vllm-python", help="runs `vllm bench serve` too")
    parser.add_argument("--vllm-pythonpath", help="where that Python finds vLLM, if not by itself")
    parser.add_argument("--tokenizer", help="the model's folder, for `vllm bench serve`")
    parser.add_argument("--output", type=Path, help="a JSON file of all rounds")
    arguments = parser.parse_args()
    if arguments.vllm_python and not arguments.tokenizer:
        parser.error("--vllm-python needs --tokenizer")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
