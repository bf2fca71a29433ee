"""Run by the engine's Python: parses command lines with vLLM's own parser.

Reads `{name: [words]}` as JSON and writes `{name: {"values": {…}, "error": null | text}}`. Words
that begin with `bench` are those of `vllm bench serve`.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    from vllm.benchmarks.serve import add_cli_args
    from vllm.entrypoints.launchers.cli_args import (
        make_arg_parser,
        validate_parsed_serve_args,
    )
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    parser = make_arg_parser(FlexibleArgumentParser())
    bench_parser = FlexibleArgumentParser()
    add_cli_args(bench_parser)

    def parse(words: list[str]) -> dict[str, Any]:
        errors = io.StringIO()
        try:
            with contextlib.redirect_stderr(errors):
                if words[0] == "bench":
                    parsed = bench_parser.parse_args(words[1:])
                    return {"values": {"seed": parsed.seed}, "error": None}
                values = parser.parse_args(words)
            validate_parsed_serve_args(values)
        except (SystemExit, ValueError, TypeError) as error:
            return {"values": {}, "error": errors.getvalue() or str(error)}
        return {"values": vars(values), "error": None}

    answers = {name: parse(words) for name, words in json.load(sys.stdin).items()}
    # Not to stdout: vLLM logs there.
    Path(sys.argv[1]).write_text(json.dumps(answers, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
