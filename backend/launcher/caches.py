"""What is kept on the disk so that the next start is a short one: where it lies, how much it is."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.command import Command, is_folder
from backend.launcher.hub_cache import model_folder

Files = Mapping[str, tuple[int, int]]
"""Size in bytes and time of the last change, in ns, of each file, by its path."""


@dataclass(frozen=True, slots=True)
class Cache:
    """One of them: `model`, `bytecode`, `compiled` (graphs, kernels, startup plan), `kernels`."""

    name: str
    folder: Path

    def files(self) -> Files:
        """All files in it; none where it is not there or cannot be read."""
        found: dict[str, tuple[int, int]] = {}
        for place, _, names in os.walk(self.folder):
            for name in names:
                path = Path(place, name)
                with contextlib.suppress(OSError):
                    status = path.stat()
                    found[str(path)] = (status.st_size, status.st_mtime_ns)
        return found


def caches_of(command: Command) -> tuple[Cache, ...]:
    """The caches that a command's vLLM reads and fills, in the order in which a start needs them.

    Bytecode beside the packages is a part of their installation, and not among them.
    """
    environment = command.environment
    home = Path(environment.get("HOME") or "~").expanduser()
    cache_home = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    bytecode = environment.get("PYTHONPYCACHEPREFIX")
    # vllm/envs.py, VLLM_CACHE_ROOT; flashinfer/jit/env.py, FLASHINFER_WORKSPACE_BASE
    compiled = Path(environment.get("VLLM_CACHE_ROOT") or cache_home / "vllm").expanduser()
    kernels = Path(environment.get("FLASHINFER_WORKSPACE_BASE") or home) / ".cache" / "flashinfer"
    model = command.model
    weights = Path(model) if is_folder(model) else model_folder(model, environment)
    return (
        Cache("model", weights),
        *([Cache("bytecode", Path(bytecode))] if bytecode else []),
        Cache("compiled", compiled),
        Cache("kernels", kernels),
    )


def num_written(before: Files, after: Files) -> int:
    """How many files are new or changed."""
    return sum(before.get(path) != status for path, status in after.items())
