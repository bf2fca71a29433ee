"""A sweep from its arguments to its picture and its profile file."""

from __future__ import annotations

import time
from dataclasses import dataclass

from backend.bench.sweep.goal import Goal, Point
from backend.bench.sweep.result import Found
from backend.bench.sweep.search import OutOfTimeError, search
from backend.bench.sweep.setting import Setting
from backend.bench.tips.bench import say
from backend.bench.tips.files import check_space
from backend.bench.tips.history import history
from backend.bench.tips.journal import Journal
from backend.bench.tips.machine import Machine
from backend.bench.tips.pace import pace_of
from backend.bench.tips.plan import NUM_REPEATS, Boot, Run
from backend.bench.tips.progress import time_left
from backend.bench.tips.running import Bench
from backend.bench.tips.sources import Asked, serve_bench_of, source_of
from backend.bench.tips.workloads import RandomPrompts
from backend.launcher.hardware import detect

NUMBERS = ("output_tokens_per_second", "ttft_seconds", "tpot_seconds")


class SweepError(Exception):
    """A sweep has no result; `str()` is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsBench:
    """Measures settings with one load, each only once, whatever breaks in between.

    Args:
        bench: goes through starts and runs.
        load: what each engine is asked.
        has_graphs: whether the card captures graphs.
    """

    bench: Bench
    load: RandomPrompts
    has_graphs: bool

    def __call__(self, setting: Setting) -> Point | None:
        """What it did; `None` where its engine failed.

        Raises:
            OutOfTimeError: there is no time for it.
        """
        boot = self.boot(setting)
        if not self.bench.measure([boot]):
            raise OutOfTimeError
        results = self.bench.journal.results((boot,))
        rate, ttft, tpot = (results.find(boot.configuration, self.load, name) for name in NUMBERS)
        if rate is None or ttft is None or tpot is None:
            return None
        return Point(setting=setting, tokens_per_second=rate, ttft_seconds=ttft, tpot_seconds=tpot)

    def boot(self, setting: Setting) -> Boot:
        """Its engine, and each run of the load."""
        configuration = setting.configuration(
            num_users=self.load.num_users, has_graphs=self.has_graphs
        )
        runs = tuple(
            Run(configuration=configuration, workload=self.load, repeat=repeat)
            for repeat in range(NUM_REPEATS)
        )
        return Boot(configuration=configuration, runs=runs)


class _Told:
    """The progress of a search, which does not know how many engines it will start."""

    def tell(self, what: str, num_left: int, seconds_left: float) -> None:
        """See `running.Progress`."""
        say(f"{what}  ({num_left} runs of this engine left, {time_left(seconds_left)})")


def run_sweep(asked: Asked, goal: Goal, num_users: int | None) -> bool:
    """Search and write; whether the search came to its end.

    One that ran out of time writes the best so far.

    Raises:
        SweepError: nothing could be measured, or a URL was given.
        ResultsError, PythonError, ProfileError, FlagError: `str()` says what to change.
    """
    if asked.url:
        raise SweepError("A sweep starts engines with other flags: leave --url out.")
    began_at = time.monotonic()
    check_space(asked.folder)
    hardware = detect()
    with serve_bench_of(asked) as serve_bench:
        source = source_of(asked, hardware, serve_bench)
        machine, load = source.machine, sweep_load(source.machine, num_users)
        journal = Journal(asked.folder / "sweep.jsonl", source.context)
        limit = asked.time_limit_seconds
        measure = SettingsBench(
            bench=Bench(
                engines=source.engines,
                journal=journal,
                pace=pace_of(hardware),
                progress=_Told(),
                ends_at=None if limit is None else began_at + limit,
            ),
            load=load,
            has_graphs=machine.has_gpu,
        )
        climbed = search(_start(machine), goal, measure)
    if climbed.best is None:
        if climbed.is_finished:
            raise SweepError("No engine could be measured: see the logs beside the results.")
        return False
    measured = history(journal, [measure.boot(point.setting) for point in climbed.points])
    found = Found(
        goal=goal,
        points=climbed.points,
        best=climbed.best,
        num_users=load.num_users,
        on={**source.on, **measured, "command": asked.command},
        is_finished=climbed.is_finished,
    )
    say(found.answer, *found.write(asked.folder, machine.profile))
    return climbed.is_finished


def sweep_load(machine: Machine, num_users: int | None) -> RandomPrompts:
    """What each engine is asked: by default by twice as many users as the profile serves at once.

    With fewer, no larger `max-num-seqs` could make a difference.
    """
    users = num_users or 2 * machine.max_num_seqs
    if machine.has_gpu:
        return RandomPrompts(
            num_users=users, num_prompts=2 * users, input_tokens=512, output_tokens=128
        )
    return RandomPrompts(num_users=users, num_prompts=users, input_tokens=64, output_tokens=32)


def _start(machine: Machine) -> Setting:
    return Setting(
        max_num_seqs=machine.max_num_seqs,
        max_num_batched_tokens=machine.max_num_batched_tokens,
        stream_interval=machine.stream_interval,
    )
