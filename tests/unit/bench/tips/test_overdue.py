"""What hangs is ended after its time, wherever it hangs, and what comes after it goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from backend.bench.completion import Address
from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.measuring import Target
from backend.bench.tips.overdue import OverdueError, at_most
from backend.bench.tips.workloads import RandomPrompts
from tests.unit.bench.small_vllm import lay_out_bench

LOAD = RandomPrompts(num_users=1, num_prompts=1, input_tokens=8, output_tokens=4)


def test_a_wait_without_end_is_ended() -> None:
    with pytest.raises(OverdueError, match=r"it was not over after 0\.02 s"), at_most(0.02):
        threading.Event().wait(60)


def test_a_task_without_end_is_ended() -> None:
    with pytest.raises(OverdueError), at_most(0.02):
        asyncio.run(asyncio.sleep(60))


def test_what_is_over_in_time_leaves_no_alarm() -> None:
    with at_most(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_elsewhere_than_in_the_main_thread_nothing_is_ended() -> None:
    def work() -> None:
        with at_most(0.01):
            time.sleep(0.03)
        is_over.set()

    is_over = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert is_over.is_set()


def test_vllms_benchmark_is_ended_and_started_again_for_the_next_run(tmp_path: Path) -> None:
    lay_out_bench(tmp_path)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with ServeBench(str(python), tmp_path / "bench.log", os.environ) as bench:
        address = Address("http://127.0.0.1:1")
        hung, fine = (
            Target(address, model, "t", bench, CardUse(lambda: None)) for model in ("hung", "m")
        )
        with pytest.raises(OverdueError), at_most(0.5):
            hung.measure(LOAD, 0)
        assert fine.measure(LOAD, 0)["num_failed"] == 0
