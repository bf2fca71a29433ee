"""What `/status` answers, put together out of what is planned and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from backend.launcher.download import Download
from backend.launcher.follow import BootReading
from backend.launcher.masking import Mask
from backend.launcher.phases import Phase
from backend.launcher.plan import Plan
from backend.launcher.problems import Problem
from backend.launcher.status import Slow, Status


@dataclass(frozen=True, slots=True)
class Halt:
    """vLLM does not run: `phase` is `starting` (it will be started again) or `failed`."""

    phase: Phase
    problem: Problem
    detail: str


def answer(
    plan: Plan,
    reading: BootReading,
    halt: Halt | None,
    slow: Slow | None,
    download: Download | None,
    *,
    mask: Mask,
    log_tail: tuple[str, ...],
) -> Status:
    """The status now; `mask` takes the secrets out of the command."""
    command = plan.command
    return Status(
        phase=halt.phase if halt else reading.phase,
        progress=None if halt else reading.progress,
        eta_seconds=None if halt else reading.eta_seconds,
        elapsed_seconds=reading.elapsed_seconds,
        detail=halt.detail if halt else " ".join((reading.detail, *plan.notices)),
        problem=halt.problem if halt else None,
        profile=plan.profile,
        command=tuple(mask(word) for word in command.argv),
        hardware=plan.hardware,
        log_tail=log_tail,
        max_num_seqs=command.max_num_seqs,
        max_model_len=reading.max_model_len,
        num_kv_cache_tokens=reading.num_kv_cache_tokens,
        num_jit_compilations=reading.num_jit_compilations,
        fraction=None if halt else reading.fraction,
        slow=slow,
        download=download,
        shortcuts=tuple(shortcut.name for shortcut in command.shortcuts),
        profile_reason=plan.profile_reason,
        flag_reasons={flag.name: flag.reason for flag in command.flags if flag.reason},
    )
