"""Engines that do what a test scripts: start, die, answer; and a clock that they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from backend.bench.launched import BootFailedError
from backend.bench.tips.engines import Engine
from backend.bench.tips.measuring import RunFailedError
from backend.bench.tips.overdue import OverdueError
from backend.bench.tips.plan import Arm, Axis, Boot, Configuration, Experiment
from backend.bench.tips.results import Numbers, Results, Verdict
from backend.bench.tips.workloads import RandomPrompts, Workload

BOOT_SECONDS, RUN_SECONDS = 20.0, 5.0

Asked = tuple[str, Workload, int]
"""A run: its engine's name, what is asked, which repeat."""


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
        self.measured: list[Asked] = []
        self.do_not_start: dict[str, str] = {}
        self.do_not_start_again: dict[str, str] = {}
        self.deadly: set[Asked] = set()  # the engine ends in it
        self.deadly_at_its_end: set[Asked] = set()  # the run has its numbers
        self.hung: set[Asked] = set()  # it never ends
        self.hung_starts: set[str] = set()
        self.bounds: list[float] = []
        self.refuses: set[Workload] = set()

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        self.bounds.append(seconds)
        yield

    @contextmanager
    def started(
        self, configuration: Configuration, loads: Sequence[RandomPrompts]
    ) -> Iterator[tuple[Engine, Numbers]]:
        self.clock.seconds += BOOT_SECONDS
        self.started_names.append(configuration.name)
        if configuration.name in self.hung_starts:
            raise OverdueError(self.bounds[-1])
        is_again = self.started_names.count(configuration.name) > 1
        scripted = self.do_not_start_again if is_again else self.do_not_start
        if reason := scripted.get(configuration.name):
            raise BootFailedError(f"{reason}\nits log", reason)
        yield ScriptedEngine(self, configuration), {"num_kv_cache_tokens": 1000}


class ScriptedEngine:
    def __init__(self, engines: ScriptedEngines, configuration: Configuration) -> None:
        self._engines, self._configuration = engines, configuration
        self._is_alive = True

    def measure(self, workload: Workload, repeat: int) -> Numbers:
        self._engines.clock.seconds += RUN_SECONDS
        asked = (self._configuration.name, workload, repeat)
        self._is_alive = asked not in self._engines.deadly | self._engines.deadly_at_its_end
        if asked in self._engines.deadly:
            raise RunFailedError("Connection reset")
        if asked in self._engines.hung:
            raise OverdueError(self._engines.bounds[-1])
        if workload in self._engines.refuses:
            raise RunFailedError("no request was answered")
        self._engines.measured.append(asked)
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
