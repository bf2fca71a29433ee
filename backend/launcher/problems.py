"""Why vLLM failed, in plain words: the row of the table of causes that its log fits."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from backend.launcher.cause import Cause
from backend.launcher.causes import CAUSES
from backend.launcher.hardware import Hardware
from backend.launcher.restart import RestartPolicy
from backend.sizing.units import GIB

Value = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong and the one thing to change.

    `values` are what the sentences name. `final`: starting again cannot help.
    """

    kind: str
    message: str
    advice: str
    values: Mapping[str, Value] = field(default_factory=dict)
    final: bool = False

    @property
    def sentences(self) -> str:
        """The message and the advice."""
        return f"{self.message} {self.advice}"


_PATTERNS = tuple((cause, re.compile(cause.pattern)) for cause in CAUSES)


def name_cause(lines: Iterable[str]) -> Problem | None:
    """The cause that a log's lines name; `None` if no row fits."""
    text = "\n".join(lines)
    for cause, pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            return _problem(cause, match)
    return None


def name_failure(lines: Sequence[str], exit_code: int) -> Problem:
    """What ended vLLM: the cause that its log names, else how the process ended.

    `exit_code` is minus the number of the signal that ended it, if one did.
    """
    return name_cause(lines) or _name_exit(exit_code)


def blamed(problem: Problem, hardware: Hardware, proc: Path = Path("/proc")) -> Problem:
    """The same problem, unless others held most of a card: then it is they who lack the memory.

    vLLM cannot tell: it was given the share of the card that was free, and found it too small.

    Args:
        problem: what the log said.
        hardware: as it was before vLLM started, with the processes that held memory.
        proc: where the kernel describes processes.
    """
    if problem.kind == "memory_taken":
        return _with_holder(problem, hardware, proc)
    taken = [
        g
        for g in hardware.gpus
        if g.free_bytes is not None and g.total_bytes and 2 * g.free_bytes < g.total_bytes
    ]
    if problem.kind != "out_of_memory" or not taken:
        return problem
    card = min(taken, key=lambda gpu: gpu.free_bytes or 0)
    free_gib, total_gib = (card.free_bytes or 0) / GIB, card.known_bytes / GIB
    others = Problem(
        kind="memory_taken",
        message=f"Another process uses the GPU: {free_gib:.1f} of {total_gib:.1f} GiB were free.",
        advice="End the other process.",
        values={"free_gib": round(free_gib, 1), "total_gib": round(total_gib, 1)},
    )
    return _with_holder(others, hardware, proc)


def crash_loop(last: Problem, policy: RestartPolicy) -> Problem:
    """The problem of an engine that ends again and again; `last` says how it ended last."""
    minutes = policy.loop_window_seconds / 60
    return Problem(
        kind="crash_loop",
        message=f"vLLM ended {policy.loop_crashes} times within {minutes:g} minutes. "
        f"{last.message}",
        advice=last.advice,
        values={**last.values, "num_crashes": policy.loop_crashes, "last_kind": last.kind},
        final=True,
    )


def profile_invalid(reason: str) -> Problem:
    """The profile is not there, or cannot be read."""
    return Problem(
        kind="profile_invalid",
        message=f"The profile cannot be used: {reason}.",
        advice="Correct the file, or set WARMLINE_ENGINE_PROFILE to another one or to auto.",
        final=True,
    )


def hardware_unreadable(reason: str) -> Problem:
    """What the engine would run on cannot be told."""
    return Problem(
        kind="hardware_unreadable",
        message=f"The cards of this machine cannot be read: {reason}.",
        advice="See what nvidia-smi prints here, and start again.",
        final=True,
    )


def card_missing() -> Problem:
    """No card to start a vLLM on that is built for cards."""
    cause = next(cause for cause in CAUSES if cause.kind == "no_gpu")
    return Problem(kind=cause.kind, message=cause.message, advice=cause.advice, final=True)


def card_unsupported(reason: str) -> Problem:
    """A card that this vLLM does not run on."""
    return Problem(
        kind="card_unsupported",
        message=reason,
        advice="Use a newer card, or the CPU stack (docker-compose.cpu.yml, make demo).",
        final=True,
    )


def flags_invalid() -> Problem:
    """The options' flags cannot be read as flags."""
    return Problem(
        kind="flags_invalid",
        message="WARMLINE_ENGINE_FLAGS does not begin with a flag.",
        advice="Write vLLM's flags as on its command line, such as --max-model-len 4096.",
        final=True,
    )


def _with_holder(problem: Problem, hardware: Hardware, proc: Path) -> Problem:
    """The same problem with the process that holds most, where that is known for sure.

    Of several cards it is not known whose memory a process holds.
    """
    known = [(holder.memory_bytes or 0, holder.pid) for holder in hardware.holders]
    held_bytes, pid = max(known, default=(0, 0))
    name = _process_name(pid, proc) if held_bytes and len(hardware.gpus) == 1 else ""
    if not name:
        return problem
    held_gib = held_bytes / GIB
    return replace(
        problem,
        message=f"{problem.message} {name} holds {held_gib:.1f} GiB.",
        values={**problem.values, "holder": name, "holder_gib": round(held_gib, 1)},
    )


def _process_name(pid: int, proc: Path) -> str:
    try:
        return (proc / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # it has ended, or it is not this container's
        return ""


def _problem(cause: Cause, match: re.Match[str]) -> Problem:
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    return Problem(
        kind=cause.kind,
        message=cause.message.format_map(found),
        advice=cause.advice.format_map(found),
        values={name: _value(text) for name, text in found.items()},
        final=cause.final,
    )


def _name_exit(exit_code: int) -> Problem:
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        return Problem(
            kind="engine_killed",
            message=f"vLLM was ended from outside ({name}).",
            advice="If nobody did it, the machine's memory ran out: take a smaller model or "
            "lower --kv-cache-memory-bytes.",
            values={"signal": name},
        )
    return Problem(
        kind="engine_exited",
        message=f"vLLM ended by itself (exit code {exit_code}).",
        advice="The end of its log says why.",
        values={"exit_code": exit_code},
    )


def _value(text: str) -> Value:
    if text.isdigit():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text
