"""Engines that do what a test scripts: start, die, answer; and a clock that they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from backend.bench.launched import BootFailedError
from backend.bench.tips.engines import Engine
from backend.bench.tips.measuring import RunFailedError
from backend.bench.tips.plan import Arm, Axis, Boot, Configuration, Experiment
from backend.bench.tips.results import Numbers, Results, Verdict
from backend.bench.tips.workloads import RandomPrompts, Workload

BOOT_SECONDS, RUN_SECONDS = 20.0, 5.0


class Clock:
    """Monotonic seconds that only the script moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class ScriptedEngines:
    """Each engine starts in 20 s and runs in 5 s each, but for what is scripted otherwise."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.started_names: list[str] = []
        self.measured: list[tuple[str, Workload, int]] = []
        self.do_not_start: dict[str, str] = {}
        self.dies_at: dict[str, int] = {}  # the run, counted from 1, in which it ends
        self.refuses: set[Workload] = set()

    @contextmanager
    def started(
        self, configuration: Configuration, loads: Sequence[RandomPrompts]
    ) -> Iterator[tuple[Engine, Numbers]]:
        self.clock.seconds += BOOT_SECONDS
        self.started_names.append(configuration.name)
        if reason := self.do_not_start.get(configuration.name):
            raise BootFailedError(f"{reason}\nits log", reason)
        yield ScriptedEngine(self, configuration), {"num_kv_cache_tokens": 1000}


class ScriptedEngine:
    def __init__(self, engines: ScriptedEngines, configuration: Configuration) -> None:
        self._engines, self._configuration = engines, configuration
        self._num_runs, self._is_alive = 0, True

    def measure(self, workload: Workload, repeat: int) -> Numbers:
        self._engines.clock.seconds += RUN_SECONDS
        self._num_runs += 1
        if self._num_runs == self._engines.dies_at.get(self._configuration.name):
            self._is_alive = False
            raise RunFailedError("Connection reset")
        if workload in self._engines.refuses:
            raise RunFailedError("no request was answered")
        self._engines.measured.append((self._configuration.name, workload, repeat))
        return {
            "output_tokens_per_second": 100.0 + repeat,
            "ttft_seconds": 0.5,
            "tpot_seconds": 0.04,
        }

    def is_alive(self) -> bool:
        return self._is_alive


class Heard:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, float]] = []

    def tell(self, what: str, num_left: int, seconds_left: float) -> None:
        self.told.append((what, num_left, seconds_left))


def users(count: int) -> RandomPrompts:
    return RandomPrompts(num_users=count, num_prompts=count, input_tokens=8, output_tokens=4)


def engine(name: str, *flags: str) -> Configuration:
    return Configuration(name=name, flags=flags)


OWN, ONE = engine("own"), engine("one", "--max-num-seqs", "1")


def experiment(
    id_: str, *arms: tuple[Configuration, tuple[Workload, ...]], tip: int = 1
) -> Experiment:
    def verdict(results: Results) -> Verdict:
        return Verdict("holds", "")

    return Experiment(
        id=id_,
        tip=tip,
        title="",
        claim="",
        arms=tuple(Arm(configuration=c, workloads=w) for c, w in arms),
        axes=(Axis(number="output_tokens_per_second", label="tok/s", x_label="users"),),
        verdict=verdict,
    )


def names_of(boots: tuple[Boot, ...]) -> list[str]:
    return [boot.configuration.name for boot in boots]
