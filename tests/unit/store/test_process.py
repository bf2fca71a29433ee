"""Whether the process that signed still runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from backend.store import process

SIGN = "from backend.store import process; print(process.new_name(), flush=True); input()"


def test_two_names_of_one_process_differ() -> None:
    assert process.new_name() != process.new_name()


def test_a_running_process_is_not_gone_and_a_dead_one_is() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SIGN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert process.is_gone(name) is False
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
        assert process.is_gone(name) is True
    assert process.is_gone(name) is True


def test_a_later_process_with_the_same_id_is_another() -> None:
    machine, pid, _start_time, random = process.new_name().split(".")
    assert process.is_gone(f"{machine}.{pid}.1.{random}") is True


def test_another_machines_processes_cannot_be_judged() -> None:
    _machine, *rest = process.new_name().split(".")
    assert process.is_gone(".".join(["another", *rest])) is None


@pytest.mark.parametrize("name", ["", ".", "...", "an-old-writer", "x.y.z"])
def test_a_name_that_is_none_cannot_be_judged(name: str) -> None:
    assert process.is_gone(name) is None


def test_a_name_of_this_machine_that_cannot_be_read_is_not_judged() -> None:
    machine = process.new_name().split(".")[0]
    assert process.is_gone(f"{machine}.many.1.x") is None
    assert process.is_gone(f"{machine}.{'9' * 30}.1.x") is None
