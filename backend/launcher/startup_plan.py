"""vLLM's startup plans, kept to the share of the card that they were made for.

A plan (`<VLLM_CACHE_ROOT>/startup_plan`) holds the bytes of the KV cache that a start measured, and
later starts take them as they are. vLLM 0.32 leaves `--gpu-memory-utilization` out of what tells
plans apart (`CacheConfig.compute_hash`): an engine that is given another share would take the cache
of the share before it.
"""

from __future__ import annotations

import shutil
from contextlib import suppress

from backend.launcher.caches import caches_of
from backend.launcher.command import Command
from backend.launcher.flags import value_of
from backend.launcher.shortcuts import STARTUP_PLAN

_SHARE = "share"  # the file beside the plans that says for which they are


def keep_plans_of_this_share(command: Command) -> Command:
    """Remove the plans of another share; the command, without the shortcut where that fails."""
    if not any(shortcut.name == STARTUP_PLAN for shortcut in command.shortcuts):
        return command
    (compiled,) = (cache.folder for cache in caches_of(command) if cache.name == "compiled")
    plans = compiled / "startup_plan"
    share = value_of(command.flags, "--gpu-memory-utilization") or "vLLM's own"
    with suppress(OSError):
        if (plans / _SHARE).read_text(encoding="utf-8") == share:
            return command
    try:
        if plans.exists():
            shutil.rmtree(plans)
        plans.mkdir(parents=True)
        (plans / _SHARE).write_text(share, encoding="utf-8")
    except OSError:
        return command.without_shortcut(STARTUP_PLAN)
    return command
