from __future__ import annotations

import socket
from pathlib import Path

import pytest

from backend.setup import doctor
from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from backend.setup.steps import Report, Step
from tests.fakes.server import LOOPBACK


async def nothing(report: Report) -> None:
    pass


def step(tmp_path: Path, disk_bytes: int) -> Step:
    return Step(
        name="engine",
        title="the engine",
        target=tmp_path / "engine",
        must_exist=tmp_path / "engine",
        made_from=(),
        build=nothing,
        disk_bytes=disk_bytes,
    )


def test_this_machine_can_run_the_demo() -> None:
    doctor.check_python()
    doctor.check_engine_platform()


def test_a_library_that_the_engine_is_linked_with_and_is_not_here_is_named() -> None:
    doctor.check_library("libc.so.6")
    with pytest.raises(SetupError, match=r"linked with libnowhere\.so\.1, .* apt-get install"):
        doctor.check_library("libnowhere.so.1")


@pytest.mark.parametrize(("library", "version"), [("glibc", "2.31"), ("glibc", "3.0")])
def test_a_new_enough_c_library_will_do(library: str, version: str) -> None:
    doctor.check_glibc(library, version)


@pytest.mark.parametrize(
    ("library", "version", "said"),
    [("glibc", "2.28", "has glibc 2.28."), ("", "", "has another C library.")],
)
def test_an_old_or_other_c_library_is_named(library: str, version: str, said: str) -> None:
    with pytest.raises(SetupError, match=r"need glibc 2\.31 or newer") as raised:
        doctor.check_glibc(library, version)
    assert str(raised.value).endswith(said)


def test_missing_room_is_said_in_gigabytes(tmp_path: Path) -> None:
    due = [step(tmp_path, 3_000_000_000), step(tmp_path, 500_000_000)]
    with pytest.raises(SetupError) as raised:
        doctor.check_disk(due, Layout(tmp_path), free_bytes=1_200_000_000)
    assert str(raised.value) == (
        "Set-up needs 3.5 GB of disk; 1.2 GB are free. Free 2.3 GB, then run it again."
    )


def test_room_enough_is_no_matter(tmp_path: Path) -> None:
    doctor.check_disk([step(tmp_path, 1)], Layout(tmp_path))


def test_a_taken_chat_port_is_said_with_a_free_one_to_choose() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SetupError) as raised:
            doctor.check_chat_port({"WARMLINE_PORT": str(port)}, "make chat")
    assert f"Port {port} is taken by process" in raised.value.message
    assert raised.value.advice == (
        f"Stop it, or choose another: WARMLINE_PORT={port + 10} make chat"
    )


def test_a_chat_port_that_does_not_parse_is_left_to_the_chat() -> None:
    doctor.check_chat_port({"WARMLINE_PORT": "eight"}, "make chat")


def lister(tmp_path: Path, text: str, code: int = 0) -> tuple[str]:
    """A command that prints what `nvidia-smi --list-gpus` would."""
    program = tmp_path / "lister"
    program.write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n")
    program.chmod(0o755)
    return (str(program),)


async def test_a_card_that_the_driver_lists_will_do(tmp_path: Path) -> None:
    await doctor.check_card(lister(tmp_path, "GPU 0: NVIDIA L4 (UUID: GPU-1)"))


@pytest.mark.parametrize(
    ("text", "code"), [("No devices were found", 0), ("the driver does not answer", 9)]
)
async def test_a_machine_without_a_card_is_told_what_needs_none(
    tmp_path: Path, text: str, code: int
) -> None:
    with pytest.raises(SetupError, match=r"run make demo without ENGINE=gpu"):
        await doctor.check_card(lister(tmp_path, text, code))


async def test_a_machine_without_a_driver_is_told_the_same(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"No NVIDIA card answers here"):
        await doctor.check_card((str(tmp_path / "missing"),))
