"""What makes a start of vLLM shorter without changing what it does, each to be switched off.

Measured on one H100 with a model of Qwen3-4B's shape, each on top of the ones before it, from the
start of the process to `/health`: caches alone 104 s, bytecode 71, startup plan 65, fewer CUDA
graphs (in the profiles) 55, `fork` 36.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass

from backend.launcher.hardware import Hardware
from backend.launcher.options import Options

PRELOAD = "preload"
STARTUP_PLAN = "startup-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """One of them: its name, the environment variables that it is, and its reason."""

    name: str
    variables: Mapping[str, str]
    reason: str


def shortcuts_for(
    options: Options, hardware: Hardware, *, kernel: str | None = None
) -> tuple[Shortcut, ...]:
    """The shortcuts in force, in the order of their names' list.

    Args:
        options: `engine_shortcuts` says which are wanted.
        hardware: `fork` is safe with one card for each engine only.
        kernel: the kernel's release; by default this machine's. WSL2 refuses `fork`.
    """
    release = platform.release() if kernel is None else kernel
    possible = [_startup_plan(hardware), _fork(hardware, release), _bytecode(options), _preload()]
    wanted = options.engine_shortcuts.split(",")
    return tuple(s for s in possible if s is not None and s.name in wanted)


def _startup_plan(hardware: Hardware) -> Shortcut | None:
    if hardware.kind != "gpu":
        return None
    return Shortcut(
        name=STARTUP_PLAN,
        variables={"VLLM_ENABLE_STARTUP_PLAN": "1"},
        reason="from the second start on memory is not profiled again",
    )


def _fork(hardware: Hardware, release: str) -> Shortcut | None:
    is_wsl = "microsoft" in release.lower()
    if hardware.kind != "gpu" or hardware.count > 1 or is_wsl:
        return None
    return Shortcut(
        name="fork",
        variables={"VLLM_WORKER_MULTIPROC_METHOD": "fork"},
        reason="the engine's process does not import everything a second time",
    )


def _preload() -> Shortcut:
    return Shortcut(
        name=PRELOAD,
        variables={},
        reason="after a crash the server is forked from a parent that has vLLM imported",
    )


def _bytecode(options: Options) -> Shortcut | None:
    folder = options.engine_bytecode_dir
    if folder is None:
        return None
    return Shortcut(
        name="bytecode",
        variables={"PYTHONPYCACHEPREFIX": str(folder.expanduser().resolve())},
        reason="packages are compiled once, though their folder cannot be written",
    )
