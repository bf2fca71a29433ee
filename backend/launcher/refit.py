"""A start that failed for a number that vLLM itself corrects: the same command with that number.

Safe for two flags alone: a shorter context and a smaller share of the memory take nothing from
anybody and change nothing that a person would not have changed.
"""

from __future__ import annotations

import math
from dataclasses import replace

from backend.launcher.command import Command
from backend.launcher.flags import Flag, merge
from backend.launcher.problems import Problem

SPARE_GIB = 0.25  # other processes' memory moves a little between two looks


def refitted(command: Command, problem: Problem) -> tuple[Command, Flag] | None:
    """The command with the value that fits and the flag that holds it; `None` where none does.

    Args:
        command: the one that failed.
        problem: what its log said.
    """
    flag = _max_model_len(problem) or _gpu_memory_utilization(problem)
    if flag is None:
        return None
    return replace(command, flags=merge(command.flags, [flag])), flag


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
