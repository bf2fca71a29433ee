"""A start that failed in a way that another start cures, each way once.

Safe are a number that vLLM itself corrects (a shorter context, a smaller share of the memory take
nothing from anybody), going without a `fork`, which a driver or a library may not bear, and caches
made anew where a damaged one is in the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from backend.launcher.caches import Cache, caches_of
from backend.launcher.command import Command
from backend.launcher.flags import Flag, merge
from backend.launcher.problems import Problem
from backend.launcher.shortcuts import PRELOAD

SPARE_GIB = 0.25  # other processes' memory moves a little between two looks
UNNAMED = frozenset({"engine_exited", "engine_killed"})  # its log names no cause
FROM_OUTSIDE = frozenset({"SIGKILL", "SIGTERM"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The command of the next start, and what is different about it, in words.

    `set_aside`: caches that have to be out of its way.
    """

    command: Command
    what: str
    set_aside: tuple[Cache, ...] = ()


def mended_command(command: Command, problem: Problem) -> Mended | None:
    """What to start in place of a command that failed before it served; `None`: nothing else.

    Args:
        command: the one that failed.
        problem: what its log said.
    """
    flag = _max_model_len(problem) or _gpu_memory_utilization(problem)
    if flag is not None:
        flags = merge(command.flags, [flag])
        return Mended(command=replace(command, flags=flags), what=f"with {' '.join(flag.words)}")
    if problem.kind == "cache_damaged":
        caches = tuple(c for c in caches_of(command) if c.name in ("bytecode", "compiled"))
        return Mended(command=command, what="with new caches", set_aside=caches)
    names = {shortcut.name for shortcut in command.shortcuts}
    is_suspect = problem.kind in UNNAMED and problem.values.get("signal") not in FROM_OUTSIDE
    for name in ("fork", PRELOAD):
        if name in names and is_suspect:
            return Mended(command=command.without_shortcut(name), what=f"without {name}")
    return None


def _max_model_len(problem: Problem) -> Flag | None:
    fitting = problem.values.get("fitting_max_model_len")
    if problem.kind != "context_too_long" or not isinstance(fitting, int) or fitting < 1:
        return None
    wished = problem.values.get("max_model_len")
    return Flag("--max-model-len", (str(fitting),), f"{wished} did not fit: vLLM's own estimate")


def _gpu_memory_utilization(problem: Problem) -> Flag | None:
    free, total = problem.values.get("free_gib"), problem.values.get("total_gib")
    if problem.kind != "memory_taken":
        return None
    if not isinstance(free, int | float) or not isinstance(total, int | float):
        return None
    share = math.floor(100 * (free - SPARE_GIB) / total) / 100
    if share <= 0:
        return None
    reason = f"only {free} of {total} GiB are free: something else holds the rest"
    return Flag("--gpu-memory-utilization", (f"{share:.2f}",), reason)
