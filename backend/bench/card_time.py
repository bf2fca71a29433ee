"""Where the card's time goes: some seconds of vLLM's own profiler, under load.

The engine has to be started with `FLAGS`. Only what the card does is recorded, so the recording
costs the engine little.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend.bench.launched import open_directly

KINDS = {
    "attention": re.compile(r"flash|fmha|attn|attention", re.IGNORECASE),
    "matrices": re.compile(r"gemm|nvjet|cutlass|scaled_mm|cublas|_mm_", re.IGNORECASE),
    "sampling": re.compile(r"sampl|softmax|sort|topk|argmax|random|gumbel", re.IGNORECASE),
    "copies": re.compile(r"memcpy|memset", re.IGNORECASE),
}
_ON_CARD = {"kernel", "gpu_memcpy", "gpu_memset"}
_ANSWER_SECONDS = 180.0  # stopping writes the recording


def flags(folder: Path) -> str:
    """The flags of an engine that can be recorded into a folder."""
    config = {
        "profiler": "torch",
        "torch_profiler_dir": str(folder),
        "torch_profiler_activities": ["CUDA"],
        "torch_profiler_with_stack": False,
    }
    return f"--profiler-config '{json.dumps(config)}'"


def record_later(port: int, *, after_seconds: float, seconds: float = 2.0) -> threading.Thread:
    """Start to record an engine in a while, for some seconds; join the thread before reading."""

    def record() -> None:
        time.sleep(after_seconds)
        _post(port, "start_profile")
        time.sleep(seconds)
        _post(port, "stop_profile")

    thread = threading.Thread(target=record, name="card-time")
    thread.start()
    return thread


def read(folder: Path) -> dict[str, Any]:
    """The summary of the recording in a folder; see `summarize`.

    Raises:
        FileNotFoundError: there is none.
    """
    traces = [path for path in folder.rglob("*.json*") if "trace" in path.name]
    events = [event for path in traces for event in _events(path)]
    if not events:
        raise FileNotFoundError(f"no recording of a card in {folder}")
    return summarize(events)


def summarize(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares of the recorded time: the card busy, and each kind of kernel.

    Args:
        events: of a Chrome trace; `ts` and `dur` in microseconds.
    """
    spans = sorted((e["ts"], e["ts"] + e["dur"], e["name"]) for e in events)
    begin, end = spans[0][0], max(span[1] for span in spans)
    busy, until = 0.0, begin
    by_kind: dict[str, float] = defaultdict(float)
    by_name: dict[str, float] = defaultdict(float)
    for start, stop, name in spans:
        busy += max(0.0, stop - max(start, until))
        until = max(until, stop)
        by_kind[_kind(name)] += stop - start
        by_name[name[:80]] += stop - start
    whole = end - begin
    longest = sorted(by_name.items(), key=lambda item: -item[1])[:12]
    return {
        "seconds": round(whole / 1e6, 6),
        "busy": round(busy / whole, 3),
        "kinds": {kind: round(spent / whole, 3) for kind, spent in sorted(by_kind.items())},
        "longest": {name: round(spent / whole, 3) for name, spent in longest},
    }


def _kind(name: str) -> str:
    return next((kind for kind, pattern in KINDS.items() if pattern.search(name)), "other")


def _events(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes()
    trace = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return [e for e in trace["traceEvents"] if e.get("cat") in _ON_CARD and "dur" in e]


def _post(port: int, what: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{what}", method="POST")
    with open_directly(request, timeout=_ANSWER_SECONDS):
        pass
