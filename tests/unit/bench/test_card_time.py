"""Where the card's time goes: shares of a recording, each moment counted once."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from backend.bench.card_time import read, summarize


def kernel(name: str, at: float, lasts: float) -> dict[str, Any]:
    """A kernel of a Chrome trace; microseconds."""
    return {"cat": "kernel", "name": name, "ts": at, "dur": lasts}


def test_the_card_is_busy_where_any_kernel_runs() -> None:
    overlapping = [kernel("nvjet_a", 0, 40), kernel("flash_fwd", 20, 40), kernel("rms", 90, 10)]
    summary = summarize(overlapping)
    assert summary["seconds"] == 0.0001
    assert summary["busy"] == 0.7


def test_kernels_are_counted_by_kind() -> None:
    kinds = summarize(
        [
            kernel("nvjet_qqtst_128x128", 0, 50),
            kernel("flash::FlashAttnFwdSm90", 50, 30),
            kernel("triton_red_fused_rms_norm", 80, 20),
        ]
    )["kinds"]
    assert kinds == {"attention": 0.3, "matrices": 0.5, "other": 0.2}


def test_a_recording_is_found_in_its_folder_and_the_processor_s_part_passed_over(
    tmp_path: Path,
) -> None:
    events = [kernel("gemm", 0, 10), {"cat": "cpu_op", "name": "aten::mm", "ts": 0, "dur": 99}]
    trace = json.dumps({"traceEvents": events}).encode()
    (tmp_path / "rank0.pt.trace.json.gz").write_bytes(gzip.compress(trace))
    assert read(tmp_path)["longest"] == {"gemm": 1.0}


def test_without_a_recording_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no recording"):
        read(tmp_path)
