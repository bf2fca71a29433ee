"""vLLM's own benchmark, imported once: a line of its arguments in, a line of its numbers out.

Importing it takes longer than most runs. This file is run by its path, in vLLM's environment; what
the benchmark prints goes to the log.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    from vllm.benchmarks.serve import add_cli_args
    from vllm.benchmarks.serve import main as bench
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    for line in sys.stdin:
        answer: dict[str, Any]
        try:
            parser = FlexibleArgumentParser()
            add_cli_args(parser)
            answer = {"numbers": bench(parser.parse_args(json.loads(line)))}
        except (Exception, SystemExit) as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
