"""`vllm bench serve` against a running engine, its numbers as plain data."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

KEPT = (
    "completed",
    "duration",
    "output_throughput",
    "mean_ttft_ms",
    "p99_ttft_ms",
    "median_tpot_ms",
)
_AROUND_PROXIES = ("no_proxy", "NO_PROXY")
_WORKER = Path(__file__).with_name("serve_worker.py")


class BenchFailedError(RuntimeError):
    """The benchmark failed; `str()` holds what it said, or the end of it."""


def serve_bench(
    python: str,
    port: int,
    *,
    model: str,
    tokenizer: str,
    num_users: int,
    num_prompts: int,
    input_tokens: int = 1024,
    output_tokens: int = 256,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run random prompts at a concurrency; vLLM's own numbers.

    Raises:
        BenchFailedError: the benchmark failed.
    """
    words = [
        *address_words(f"http://127.0.0.1:{port}", model, tokenizer),
        *random_words(input_tokens, output_tokens),
        *load_words(num_users, num_prompts, num_warmups=2),
    ]
    inherited = os.environ if environment is None else environment
    with (
        tempfile.TemporaryDirectory() as folder,
        ServeBench(python, Path(folder) / "serve-bench.log", inherited) as bench,
    ):
        numbers = bench.run(words)
    asked = {"num_users": num_users, "num_prompts": num_prompts}
    shape = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return asked | shape | {name: numbers.get(name) for name in KEPT}


def directly_to(host: str, environment: Mapping[str, str]) -> dict[str, str]:
    """An environment whose proxies do not lead to a host: vLLM's benchmark obeys them."""
    around = [environment.get(name) for name in _AROUND_PROXIES]
    hosts = ",".join(dict.fromkeys([*filter(None, around), host]))
    return dict(environment) | dict.fromkeys(_AROUND_PROXIES, hosts)


def address_words(root_url: str, model: str, tokenizer: str) -> list[str]:
    """Whom to ask: the engine's URL without `/v1`, the model's served name, its tokenizer."""
    return [
        *("--base-url", root_url, "--backend", "openai-chat"),
        *("--endpoint", "/v1/chat/completions", "--model", model, "--tokenizer", tokenizer),
    ]


def random_words(input_tokens: int, output_tokens: int, range_ratio: float = 0.0) -> list[str]:
    """Random prompts and replies of these lengths, varied evenly by a ratio."""
    words = ["--dataset-name", "random", "--random-input-len", str(input_tokens)]
    words += ["--random-output-len", str(output_tokens)]
    return [*words, "--random-range-ratio", str(range_ratio)] if range_ratio else words


def prefix_words(
    prefix_tokens: int, suffix_tokens: int, num_prefixes: int, output_tokens: int
) -> list[str]:
    """Random prompts of which several begin alike."""
    return [
        *("--dataset-name", "prefix_repetition"),
        *("--prefix-repetition-prefix-len", str(prefix_tokens)),
        *("--prefix-repetition-suffix-len", str(suffix_tokens)),
        *("--prefix-repetition-num-prefixes", str(num_prefixes)),
        *("--prefix-repetition-output-len", str(output_tokens)),
    ]


def load_words(num_users: int, num_prompts: int, *, num_warmups: int, seed: int = 0) -> list[str]:
    """How many at once and in all. Equal seeds are equal prompts, which an engine may have kept."""
    return [
        *("--max-concurrency", str(num_users), "--num-prompts", str(num_prompts)),
        *("--num-warmups", str(num_warmups), "--seed", str(seed)),
        *("--ignore-eos", "--disable-tqdm"),
    ]


class ServeBench:
    """vLLM's benchmark as a process that stays for many runs: a context manager.

    Args:
        python: of vLLM's environment.
        log: where its output goes.
        environment: what it inherits.
        engine_host: whom it asks, and without a proxy.
    """

    def __init__(
        self, python: str, log: Path, environment: Mapping[str, str], engine_host: str = "127.0.0.1"
    ) -> None:
        self._command = [python, "-P", str(_WORKER)]
        self._log = log
        inherited = {k: v for k, v in environment.items() if k != "PYTHONPATH"}
        self._environment = directly_to(engine_host, inherited)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, words: Sequence[str]) -> dict[str, Any]:
        """The numbers of one run.

        Raises:
            BenchFailedError: it failed.
        """
        process = self._process if self._process and self._process.poll() is None else self._start()
        requests, answers = _pipes(process)
        try:
            requests.write(json.dumps(list(words)) + "\n")
            requests.flush()
            line = answers.readline()
        except BaseException:
            self._end()
            raise
        if not line:
            self._end()
            raise BenchFailedError(f"vLLM's benchmark ended: {self._last_line()}")
        answer = json.loads(line)
        if "failed" in answer:
            raise BenchFailedError(answer["failed"])
        numbers: dict[str, Any] = answer["numbers"]
        return numbers

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        for pipe in _pipes(self._process):
            pipe.close()
        self._process.terminate()
        self._process.wait()
        self._process = None

    def _last_line(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")[:300]


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise BenchFailedError("vLLM's benchmark has no pipes")
    return process.stdin, process.stdout
