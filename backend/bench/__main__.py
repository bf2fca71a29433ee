"""`python -m backend.bench`: the guide's seven tips, measured; `… sweep`: good flags for a goal.

What is measured is kept at once in the folder of `--out`; the same command goes on where a break
or `--time-limit` ended it. Exit status: 0 all was tried, 3 there is more to measure, 2 something
has to be changed first.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.bench.stopping import stop_like_ctrl_c
from backend.bench.sweep.bench import SweepError, run_sweep
from backend.bench.sweep.goal import default_goal
from backend.bench.tips.bench import UnknownTipError, run
from backend.bench.tips.files import ResultsError
from backend.bench.tips.running_vllm import NotVllmError
from backend.bench.tips.sources import Asked, PythonError
from backend.launcher.flags import FlagError
from backend.launcher.profile import ProfileError
from backend.sizing.errors import SizingError

OUT = Path(".warmline/bench/tips")
CHANGE_FIRST = (
    ResultsError,
    PythonError,
    NotVllmError,
    UnknownTipError,
    SweepError,
    ProfileError,
    SizingError,
)
COMPLETE, WRONG, MORE_TO_DO, STOPPED = 0, 2, 3, 130


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; the exit status."""
    parser = _parser()
    arguments = parser.parse_args(words)
    if not arguments.model and not arguments.url:
        parser.error("--model is missing: a folder or a hub id (or --url of a running vLLM)")
    asked = _asked(arguments, sys.argv[1:] if words is None else words)
    try:
        is_complete = _sweep(arguments, asked) if arguments.what == "sweep" else run(asked)
    except CHANGE_FIRST as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    except FlagError as error:
        sys.stderr.write(f"--flags begin with {str(error)!r}, which is no flag of vLLM.\n")
        return WRONG
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. The same command goes on from here.\n")
        return STOPPED
    if not is_complete:
        sys.stderr.write("There is more to measure: the same command goes on from here.\n")
    return COMPLETE if is_complete else MORE_TO_DO


def _sweep(arguments: argparse.Namespace, asked: Asked) -> bool:
    goal = default_goal(arguments.goal, arguments.most_ttft, arguments.most_tpot)
    return run_sweep(asked, goal, arguments.users)


def _asked(arguments: argparse.Namespace, words: Sequence[str]) -> Asked:
    model = arguments.model
    if Path(model).is_dir():
        model = str(Path(model).resolve())
    limit = arguments.time_limit
    return Asked(
        python=_program(arguments.python),
        model=model,
        profile=arguments.profile,
        flags=tuple(shlex.split(arguments.flags)),
        folder=arguments.out.resolve(),
        only=tuple(name for name in arguments.only.split(",") if name),
        is_quick=arguments.quick,
        url=arguments.url,
        key=os.environ.get("OPENAI_API_KEY"),
        checkpoints=dict(arguments.checkpoint),
        time_limit_seconds=None if limit is None else 60 * limit,
        command=f"python -m backend.bench {shlex.join(words)}".rstrip(),
    )


def _program(name: str) -> str:
    """Absolute, for engines work in another folder; a link to an interpreter is kept."""
    return str(Path(shutil.which(name) or name).absolute())


def _checkpoint(text: str) -> tuple[str, str]:
    method, equals, model = text.partition("=")
    if method not in ("awq", "gptq") or not equals or not model:
        raise argparse.ArgumentTypeError(f"{text!r} is not awq=MODEL or gptq=MODEL")
    return method, model


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend.bench", description="Measures what the guide's seven tips do."
    )
    parser.add_argument("what", nargs="?", choices=("tips", "sweep"), default="tips")
    parser.add_argument("--quick", action="store_true", help="fewer engines, smaller loads")
    parser.add_argument("--only", default="", help="tip5, or tip5-prefix, or several: tip1,tip5")
    parser.add_argument("--url", help="a running vLLM; what needs other flags is skipped")
    parser.add_argument("--out", type=Path, default=OUT, help="where results are kept")
    parser.add_argument("--python", default=sys.executable, help="of vLLM's environment")
    parser.add_argument("--model", default="", help="a folder or a hub id; with --url: tokenizer")
    parser.add_argument("--profile", default="auto", help="a file of config/profiles")
    parser.add_argument("--flags", default="", help="for every engine, such as --load-format dummy")
    parser.add_argument(
        "--checkpoint",
        type=_checkpoint,
        action="append",
        default=[],
        help="awq=MODEL, gptq=MODEL; without it their shape with dummy weights",
    )
    parser.add_argument(
        "--time-limit", type=float, help="minutes after which nothing begins; the same goes on"
    )
    sweep = parser.add_argument_group("sweep")
    sweep.add_argument("--goal", choices=("latency", "throughput"), default="throughput")
    sweep.add_argument(
        "--users", type=int, help="at once; by default 2 × the profile's max-num-seqs"
    )
    sweep.add_argument("--most-ttft", type=float, help="seconds that a first token may take")
    sweep.add_argument("--most-tpot", type=float, help="seconds between two tokens of a reply")
    return parser


if __name__ == "__main__":
    stop_like_ctrl_c()
    sys.exit(main())
