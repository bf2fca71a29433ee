"""What is missing, in one line each, before any work begins."""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.setup.addresses import CHAT_PORT, LOOPBACK
from backend.setup.children import run_logged
from backend.setup.environment import port_of, text_of
from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from backend.setup.pip import environment_for_pip, failure, read_lock
from backend.setup.ports import free_port_near, is_taken, taken_by
from backend.setup.steps import Step

_ENGINE_MACHINES = ("x86_64", "aarch64")
# torch's wheels need 2.28; llguidance's, which vLLM 0.32 imports, need 2.31.
_OLDEST_GLIBC = (2, 31)
_LINKED_WITH = "libnuma.so.1"
_GB = 1_000_000_000

CARD_LISTER = ("nvidia-smi", "--list-gpus")


def check_python() -> None:
    """Virtual environments can be made.

    Raises:
        SetupError: A part of Python is missing.
    """
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        raise SetupError(
            "python",
            f"This Python ({sys.executable}) cannot make virtual environments.",
            "On Debian and Ubuntu: apt-get install python3.11-venv.",
        )


async def check_engine(kind: str) -> None:
    """The engine of a kind runs on this machine.

    Raises:
        SetupError: It does not; the advice says what works here.
    """
    if kind == "cpu":
        check_engine_platform()
        return
    if sys.platform != "linux":
        raise SetupError("platform", "vLLM for NVIDIA cards runs on Linux and in WSL2 only.")
    check_glibc(*platform.libc_ver())
    await check_card()


async def check_card(lister: Sequence[str] = CARD_LISTER) -> None:
    """The driver lists an NVIDIA card.

    Args:
        lister: the command that prints a line for each card.

    Raises:
        SetupError: It lists none, or there is no driver.
    """
    if not await has_card(lister):
        raise SetupError(
            "card",
            "No NVIDIA card answers here (nvidia-smi lists none).",
            "Install its driver, or run make demo without ENGINE=gpu: that needs no card.",
        )


async def has_card(lister: Sequence[str] = CARD_LISTER) -> bool:
    """Whether the driver lists an NVIDIA card; see `check_card`."""
    lines: list[str] = []
    try:
        with io.StringIO() as log:
            code = await run_logged(
                lister, env=os.environ, folder=Path(), log=log, on_line=lines.append
            )
    except OSError:
        return False
    return code == 0 and any(line.startswith("GPU ") for line in lines)


def check_engine_platform() -> None:
    """The engine, vLLM's build for the CPU, runs on this machine.

    Raises:
        SetupError: It does not; the advice says what works here.
    """
    if sys.platform != "linux":
        raise SetupError(
            "platform",
            "The demo's engine runs on Linux only.",
            "Here: docker compose -f docker-compose.yml -f docker-compose.cpu.yml up "
            "(Docker Desktop), or, on Windows, make demo in WSL2.",
        )
    machine = platform.machine()
    if machine not in _ENGINE_MACHINES:
        raise SetupError("platform", f"vLLM has no CPU build for {machine}; x86-64 and arm64 have.")
    if machine == "x86_64" and " avx2" not in _cpu_flags():
        raise SetupError("platform", "This CPU has no AVX2, which vLLM's CPU build needs.")
    check_glibc(*platform.libc_ver())
    check_library(_LINKED_WITH)


def check_library(name: str) -> None:
    """A library that vLLM's CPU kernels are linked with is on this system.

    Raises:
        SetupError: It is not.
    """
    try:
        ctypes.CDLL(name)
    except OSError:
        raise SetupError(
            "library",
            f"vLLM's CPU build is linked with {name}, which is not on this system.",
            "On Debian and Ubuntu: apt-get install libnuma1; on Fedora: dnf install numactl-libs.",
        ) from None


def check_glibc(library: str, version: str) -> None:
    """The C library is one that the engine's packages are built for.

    Raises:
        SetupError: It is another one, or too old.
    """
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if library != "glibc" or numbers < _OLDEST_GLIBC:
        oldest = ".".join(map(str, _OLDEST_GLIBC))
        raise SetupError(
            "platform",
            f"The engine's packages need glibc {oldest} or newer; this system has "
            f"{library or 'another C library'} {version}".rstrip()
            + ".",
        )


def check_disk(due: Sequence[Step], layout: Layout, free_bytes: int | None = None) -> None:
    """There is room for the steps that are due.

    Raises:
        SetupError: There is not; how much is missing.
    """
    needed = sum(step.disk_bytes for step in due)
    free = shutil.disk_usage(layout.root).free if free_bytes is None else free_bytes
    if needed > free:
        raise SetupError(
            "disk",
            f"Set-up needs {needed / _GB:.1f} GB of disk; {free / _GB:.1f} GB are free.",
            f"Free {(needed - free) / _GB:.1f} GB, then run it again.",
        )


async def check_index(layout: Layout, environment: Mapping[str, str]) -> None:
    """pip, as it is configured, gets a small package. Passed over where Python has no pip.

    Raises:
        SetupError: It does not.
    """
    if importlib.util.find_spec("pip") is None:
        return
    small_package = read_lock(layout.lock_file("chat"))[0]
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder, io.StringIO() as log:
        fetch = ("download", "--no-deps", "--retries", "1", "--timeout", "15", small_package)
        code = await run_logged(
            (sys.executable, "-m", "pip", *fetch),
            env=environment_for_pip(environment, Path(folder) / "cache"),
            folder=Path(folder),
            log=log,
            on_line=lines.append,
        )
    if code != 0:
        raise failure(lines)


def check_chat_port(environment: Mapping[str, str], command: str) -> None:
    """The chat's port is free. What does not parse is left to the chat, which says why.

    Args:
        environment: holds the chat's settings.
        command: what the person runs again, such as `make demo`.

    Raises:
        SetupError: The port is taken; by what, and what to do.
    """
    host = text_of(environment, "WARMLINE_HOST", LOOPBACK)
    try:
        port = port_of(environment, "WARMLINE_PORT", CHAT_PORT)
    except SetupError:
        return
    if is_taken(host, port):
        raise SetupError(
            "port",
            f"Port {port} is taken by {taken_by(port)}.",
            f"Stop it, or choose another: WARMLINE_PORT={free_port_near(host, port)} {command}",
        )


def _cpu_flags() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line for line in lines if line.startswith("flags")), "")
