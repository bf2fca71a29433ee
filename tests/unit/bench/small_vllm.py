"""A vLLM small enough for tests: a server that answers `/health`, and a benchmark with numbers.

It lies under vLLM's own module names in a working folder, where Python looks first.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

_SERVER = """
import http.server, sys

if "--broken" in sys.argv:
    print("ValueError: nothing works", flush=True)
    sys.exit(1)

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass

port = int(sys.argv[sys.argv.index("--port") + 1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Health)
print("INFO Using max model len 4096", flush=True)
print("INFO GPU KV cache size: 12,345 tokens", flush=True)
print("INFO:     Application startup complete.", flush=True)
server.serve_forever()
"""


def lay_out(folder: Path) -> None:
    """Put the small vLLM's server into a working folder."""
    _write(folder, {"entrypoints/openai/api_server.py": _SERVER})


_SERVE = """
import itertools, json, os, pathlib, signal, time

count = itertools.count(1)

def add_cli_args(parser):
    pass

def main(words):
    print("for the log, not for the answer:", *words)
    if "--model" in words and words[words.index("--model") + 1] == "broken":
        raise ValueError("the tokenizer is not there")
    if "--model" in words and words[words.index("--model") + 1] == "deadly":
        os._exit(1)
    at = pathlib.Path("ctrl-c-at")
    if at.exists() and next(count) == int(at.read_text()):
        os.kill(os.getppid(), signal.SIGINT)
    if "hung" in words:
        time.sleep(600)
    prompts = int(words[words.index("--num-prompts") + 1])
    is_overloaded = "overloaded" in words
    return {
        "completed": prompts - 1 if is_overloaded else prompts,
        "duration": 2.0,
        "output_throughput": 99.5,
        "mean_ttft_ms": 250.0,
        "median_ttft_ms": 200.0,
        "p99_ttft_ms": 900.0,
        "median_tpot_ms": 20.0,
        "words": words,
        "no_proxy": os.environ.get("no_proxy", ""),
    }
"""

_PARSER = """
class FlexibleArgumentParser:
    def parse_args(self, words):
        return words
"""


def lay_out_bench(folder: Path) -> None:
    """Put the small vLLM's benchmark, as it is imported, into a folder."""
    _write(folder, {"benchmarks/serve.py": _SERVE, "utils/argparse_utils.py": _PARSER})


def python_of(folder: Path) -> str:
    """A Python whose vLLM is the small one in a folder."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{folder}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return str(python)


def _write(folder: Path, programs: Mapping[str, str]) -> None:
    for module, program in programs.items():
        path = folder / "vllm" / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program)
