from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.launcher.activity import Activity, ActivityWatch, Usage, read_usage
from tests.unit.launcher.fake_clock import FakeClock

IDLE = Usage(at=10.0, processor_seconds=5.0, disk_bytes=2**30, network_bytes=2**30)


class Proc:
    """A `/proc` with one process of group 7."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "42").mkdir()
        (folder / "net").mkdir()
        self.uses()

    def uses(self, *, ticks: int = 0, disk_bytes: int = 0, network_bytes: int = 0) -> None:
        before = "0 " * 8
        (self.folder / "42" / "stat").write_text(f"42 (a) b) S 1 7 7 {before}{ticks} 0 0 0")
        (self.folder / "42" / "io").write_text(
            f"rchar: 9\nread_bytes: {disk_bytes}\nwrite_bytes: 0"
        )
        counts = "0 " * 15
        dev = f"h\nh\n lo: 999999999 {counts}\n eth0: {network_bytes} {counts}\n"
        (self.folder / "net" / "dev").write_text(dev)


@pytest.mark.parametrize(
    ("use", "activity"),
    [
        ({"network_bytes": 2**20, "disk_bytes": 2**22}, Activity.NETWORK),
        ({"disk_bytes": 2**22, "ticks": 200}, Activity.DISK),
        ({"ticks": 200}, Activity.PROCESSOR),
        ({"ticks": 1}, Activity.NOTHING),
    ],
)
def test_what_a_group_does_is_named(
    tmp_path: Path, use: dict[str, int], activity: Activity
) -> None:
    proc, clock = Proc(tmp_path), FakeClock()
    watch = ActivityWatch(7, proc=tmp_path, clock=clock)
    assert watch.look() is None
    clock.passes(2.0)
    proc.uses(**use)
    assert watch.look() is activity


def test_it_looks_no_more_than_once_a_second(tmp_path: Path) -> None:
    proc, clock = Proc(tmp_path), FakeClock()
    watch = ActivityWatch(7, proc=tmp_path, clock=clock)
    watch.look()
    clock.passes(0.5)
    proc.uses(ticks=1000)
    assert watch.look() is None
    clock.passes(0.5)
    assert watch.look() is Activity.PROCESSOR


def test_processes_of_other_groups_do_not_count(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    proc.uses(ticks=500)
    assert read_usage(8, proc=tmp_path).processor_seconds == 0


def test_without_a_proc_nothing_is_used(tmp_path: Path) -> None:
    usage = read_usage(7, proc=tmp_path / "none")
    assert (usage.processor_seconds, usage.disk_bytes, usage.network_bytes) == (0, 0, 0)


def test_a_real_process_that_computes_is_seen() -> None:
    busy = [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass\ninput()"]
    with subprocess.Popen(busy, stdin=subprocess.PIPE, start_new_session=True) as process:
        group = os.getpgid(process.pid)
        while read_usage(group).processor_seconds < 0.2:
            assert process.poll() is None
        process.kill()
