"""`vllm bench serve` against a running engine, its numbers as plain data."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT = (
    "completed",
    "duration",
    "output_throughput",
    "mean_ttft_ms",
    "p99_ttft_ms",
    "median_tpot_ms",
)


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
        RuntimeError: the benchmark failed; `str()` holds the end of its output.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [
            *(python, "-m", "vllm.entrypoints.cli.main", "bench", "serve"),
            *("--base-url", f"http://127.0.0.1:{port}", "--backend", "openai-chat"),
            *("--endpoint", "/v1/chat/completions", "--model", model, "--tokenizer", tokenizer),
            *("--dataset-name", "random", "--ignore-eos", "--num-warmups", "2", "--disable-tqdm"),
            *("--random-input-len", str(input_tokens), "--random-output-len", str(output_tokens)),
            *("--max-concurrency", str(num_users), "--num-prompts", str(num_prompts)),
            *("--save-result", "--result-dir", folder, "--result-filename", result.name),
        ]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode or not result.exists():
            raise RuntimeError(done.stdout[-2000:])
        numbers = json.loads(result.read_text())
    asked = {"num_users": num_users, "num_prompts": num_prompts}
    shape = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return asked | shape | {name: numbers.get(name) for name in KEPT}
