"""A bench of the tips from its arguments to its report."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

from backend.bench.tips.experiments import experiments
from backend.bench.tips.files import check_space, write_whole
from backend.bench.tips.history import history
from backend.bench.tips.journal import Journal
from backend.bench.tips.limits import limits, note_rates
from backend.bench.tips.machine import Machine
from backend.bench.tips.pace import pace_of
from backend.bench.tips.page import page
from backend.bench.tips.plan import Boot, Experiment, left_of, only, plan, without_restarts
from backend.bench.tips.progress import ProgressBar, time_left
from backend.bench.tips.report import Report
from backend.bench.tips.running import Bench
from backend.bench.tips.sources import Asked, Source, serve_bench_of, source_of
from backend.launcher.fitting import shape_of
from backend.launcher.flags import Flag
from backend.launcher.hardware import Hardware, detect

NEEDS_RESTART = "It needs engines with other flags, and the one at this URL is left as it is."
RATES = "rates"


class UnknownTipError(Exception):
    """A tip or an experiment that there is not; `str()` is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One bench: what is asked, where it runs, and what is known so far."""

    asked: Asked
    hardware: Hardware
    source: Source
    chosen: tuple[Experiment, ...]
    skipped: tuple[Experiment, ...]
    journal: Journal
    began_at: float

    @property
    def boots(self) -> tuple[Boot, ...]:
        """All that is to be measured."""
        return plan(self.chosen)

    @property
    def has_results(self) -> bool:
        """Whether any of it was."""
        return any(self.journal.is_done(run.key) for boot in self.boots for run in boot.runs)


def run(asked: Asked) -> bool:
    """Measure and report; whether all was tried. Ctrl-C leaves a report of what was measured.

    Raises:
        ResultsError, PythonError, NotVllmError, UnknownTipError, ProfileError, FlagError: `str()`
            says what to change.
    """
    began_at = time.monotonic()
    check_space(asked.folder)
    hardware = detect()
    with serve_bench_of(asked) as bench:
        source = source_of(asked, hardware, bench)
        chosen, skipped = _experiments(asked, source.machine)
        session = _Session(
            asked=asked,
            hardware=hardware,
            source=source,
            chosen=chosen,
            skipped=skipped,
            journal=Journal(asked.folder / "journal.jsonl", source.context),
            began_at=began_at,
        )
        try:
            is_complete = _measure(session)
        except KeyboardInterrupt:
            if session.has_results:
                _write(session, is_complete=False)
            raise
    _write(session, is_complete=is_complete)
    return is_complete


def _experiments(
    asked: Asked, machine: Machine
) -> tuple[tuple[Experiment, ...], tuple[Experiment, ...]]:
    """What is measured, and what the engine at a URL cannot be asked."""
    known = experiments(machine)
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
        note_rates(journal, RATES, asked.python, os.environ)
    boots = session.boots
    left = left_of(boots, journal.is_done)
    pace = pace_of(session.hardware)
    num_runs = sum(len(boot.runs) for boot in left)
    guess = time_left(pace.seconds(left))
    say(f"{len(left)} engines and {num_runs} runs, {guess} (a first guess).")
    limit = asked.time_limit_seconds
    progress = ProgressBar(num_runs)
    try:
        return Bench(
            engines=session.source.engines,
            journal=journal,
            pace=pace,
            progress=progress,
            ends_at=None if limit is None else session.began_at + limit,
        ).measure(boots)
    finally:
        progress.end()


def _write(session: _Session, *, is_complete: bool) -> None:
    folder = session.asked.folder
    report = _report(session, is_complete)
    report.write(folder)
    write_whole(folder / "report.html", page(report))
    say(*(f"{e.id}: {v.answer}. {v.measured}" for e, v in report.verdicts()))
    say(f"Report: {folder / 'report.html'}")


def _report(session: _Session, is_complete: bool) -> Report:
    asked, journal, chosen = session.asked, session.journal, session.chosen
    results = journal.results(session.boots)
    shape = None if asked.url else shape_of([Flag("--model", (asked.model,))])
    rates = journal.numbers(RATES) or {}
    return Report(
        on={
            **session.source.on,
            **history(journal, session.boots),
            "command": asked.command,
            "load average at the end": f"{os.getloadavg()[1]:.1f}",
        },
        experiments=chosen,
        results=results,
        limits=limits(chosen, results, shape, session.hardware, rates) if shape else [],
        skipped=session.skipped,
        skipped_reason=NEEDS_RESTART,
        is_complete=is_complete,
    )


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
