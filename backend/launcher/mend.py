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
UNNAMED = frozenset({"engine_exited", "engine_killed", "start_failed"})  # no cause is known
FROM_OUTSIDE = frozenset({"SIGKILL", "SIGTERM"})
LEAST_OF_WISHED_SHARE = 0.5  # with less a model that was to fit hardly does: it waits for memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The command of the next start, and what is different about it, in words.

    `way`: what is changed, whatever the value. `set_aside`: caches that have to be out of its way.
    """

    command: Command
    way: str
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
        what = f"with {' '.join(flag.words)}"
        return Mended(command=replace(command, flags=flags), way=flag.name, what=what)
    if problem.kind == "cache_damaged":
        caches = tuple(c for c in caches_of(command) if c.name in ("bytecode", "compiled"))
        return Mended(command=command, way="caches", what="with new caches", set_aside=caches)
    names = {shortcut.name for shortcut in command.shortcuts}
    for name in ("fork", PRELOAD):
        if name in names and _may_be_a_forks_fault(problem):
            plain = command.without_shortcut(name)
            return Mended(command=plain, way=name, what=f"without {name}")
    return None


def _may_be_a_forks_fault(problem: Problem) -> bool:
    is_killed = "killed_by" in problem.values or problem.values.get("signal") in FROM_OUTSIDE
    return problem.kind in UNNAMED and not is_killed


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
    wished = problem.values.get("share")
    if not isinstance(wished, int | float) or share < LEAST_OF_WISHED_SHARE * wished:
        return None
    reason = f"only {free} of {total} GiB are free: something else holds the rest"
    return Flag("--gpu-memory-utilization", (f"{share:.2f}",), reason)
