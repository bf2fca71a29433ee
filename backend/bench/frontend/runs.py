"""One bench: the same measurements of each app, in turns, as often as asked."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.bench.frontend import direct, measure
from backend.bench.frontend.processes import (
    Process,
    running_cookbook,
    running_engine,
    running_ours,
)
from backend.bench.frontend.speech import Question

OURS, COOKBOOK = "ours", "cookbook"
PAGE_TOKENS_PER_SECOND = 150
FEW_PEOPLE = 20  # who get replies of several lengths, as fast as a page's
COOKBOOK_PAGE_TOKENS = 1000  # of a longer reply it does not see the end in three minutes


@dataclass(frozen=True, slots=True)
class PageRun:
    """A reply in a browser whose processor is `slowdown` times slower than this machine's."""

    num_tokens: int
    slowdown: float = 1.0

    @property
    def name(self) -> str:
        """Of its results."""
        return f"page/{self.num_tokens}" + ("/slow" if self.slowdown > 1 else "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured. `num_sessions` and `num_chats` of 0 leave that part out."""

    num_people: int = 200
    num_tokens: int = 300
    tokens_per_second: int = 50
    repeats: int = 5
    num_messages: int = 40
    tokens_per_chunk: tuple[int, ...] = (1, 8)
    lengths: tuple[int, ...] = (500, 4000)
    num_sessions: int = 1000
    leaving_seconds: float = 30.0  # engine.io holds a connection for the 25 s until its next ping
    num_chats: int = 8000
    most_growth_kib_per_chat: float = 1.0
    pages: tuple[PageRun, ...] = (PageRun(1000), PageRun(4000), PageRun(4000, slowdown=4))
    beside: tuple[Path, ...] = ()

    @property
    def question(self) -> Question:
        """What each person asks."""
        return Question(self.num_tokens, tokens_per_second=self.tokens_per_second)


SHORT = Plan(
    num_tokens=200,
    repeats=2,
    num_messages=10,
    tokens_per_chunk=(1,),
    lengths=(),
    num_sessions=0,
    num_chats=2000,
    pages=(),
    most_growth_kib_per_chat=8.0,  # so short a soak has not reached its plateau
)
"""CI's: about a minute on two cores."""


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement of one app. `values` are of a class of `measure`, or of the direct client."""

    app: str
    name: str
    repeat: int
    machine_load: float
    values: dict[str, Any]


class Bench:
    """Measures apps in alternation, and notes each result.

    Args:
        plan: how much.
        say: told of each result.
    """

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._say = say
        self.results: list[Result] = []

    async def run(self) -> None:
        """Start all, measure all."""
        async with _running(self._plan) as (engine, apps):
            for app in apps:  # while the processes are fresh: they reuse what they once had
                await self._memory(app)
            for repeat in range(self._plan.repeats):
                late = await _direct(engine, self._plan.num_messages)
                self._note("direct", "idle", repeat, late)
                for app in apps:
                    await self._sockets(app, repeat)
                for app in apps:
                    await self._pages(app, repeat)
            for app in apps:
                await self._soak(app)

    async def _sockets(self, app: Process, repeat: int) -> None:
        plan = self._plan
        self._note(app.name, "idle", repeat, asdict(await measure.idle(app, plan.num_messages)))
        for per_chunk in plan.tokens_per_chunk:
            question = replace(plan.question, tokens_per_chunk=per_chunk)
            loaded = await measure.load(app, plan.num_people, question)
            self._note(app.name, f"load/{per_chunk}", repeat, asdict(loaded))
        if app.name == OURS:
            await self._lengths(app, repeat)

    async def _lengths(self, app: Process, repeat: int) -> None:
        """Replies of several lengths: a cost that grows faster than the length would show."""
        for length in self._plan.lengths:
            question = Question(length, tokens_per_second=PAGE_TOKENS_PER_SECOND)
            loaded = await measure.load(app, FEW_PEOPLE, question)
            self._note(app.name, f"length/{length}", repeat, asdict(loaded))

    async def _pages(self, app: Process, repeat: int) -> None:
        if not self._plan.pages:
            return
        from backend.bench.frontend import browser

        first = await browser.first_text(app, self._plan.num_messages)
        self._note(app.name, "page/first", repeat, asdict(first))
        for run in self._plan.pages:
            if app.name == COOKBOOK and run.num_tokens > COOKBOOK_PAGE_TOKENS:
                continue
            question = Question(run.num_tokens, tokens_per_second=PAGE_TOKENS_PER_SECOND)
            shown = await browser.show(app, question, slowdown=run.slowdown)
            self._note(app.name, run.name, repeat, asdict(shown))

    async def _memory(self, app: Process) -> None:
        if self._plan.num_sessions:
            held = await measure.memory(
                app, self._plan.num_sessions, leaving_seconds=self._plan.leaving_seconds
            )
            self._note(app.name, "memory", 0, asdict(held))

    async def _soak(self, app: Process) -> None:
        if self._plan.num_chats and app.name != COOKBOOK:
            grown = await measure.soak(app, self._plan.num_chats)
            self._note(app.name, "soak", 0, asdict(grown))

    def _note(self, app: str, name: str, repeat: int, values: dict[str, Any]) -> None:
        self.results.append(Result(app, name, repeat, os.getloadavg()[0], values))
        shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        self._say(f"{app:9} {name:12} {shown}")


@asynccontextmanager
async def _running(plan: Plan) -> AsyncIterator[tuple[Process, list[Process]]]:
    """The engine and all apps."""
    async with AsyncExitStack() as on_exit:
        folder = Path(on_exit.enter_context(TemporaryDirectory(prefix="bench-frontend-")))
        engine = await on_exit.enter_async_context(running_engine())
        starting = [
            running_cookbook(f"{engine.url}/v1", _new(folder / COOKBOOK)),
            running_ours(f"{engine.url}/v1", _new(folder / OURS)),
            *(
                running_ours(
                    f"{engine.url}/v1", _new(folder / root.name), name=root.name, root=root
                )
                for root in plan.beside
            ),
        ]
        apps = [await on_exit.enter_async_context(app) for app in starting]
        yield engine, apps


async def _direct(engine: Process, num_messages: int) -> dict[str, float]:
    """The engine's first token without an app: what the machine itself adds."""
    late = [await direct.ask(engine.port, measure.SHORT) for _ in range(num_messages)]
    return {
        "added_ttft_p50_seconds": measure.percentile(late, 0.5),
        "added_ttft_p99_seconds": measure.percentile(late, 0.99),
    }


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
