"""A step of set-up: done once, shown while it runs, done again when what it was made from changes.

The stamp is written last, inside what the step makes: whatever an interruption leaves behind has
no stamp, and the step starts from nothing.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.setup.errors import SetupError

LOCK_POLL_SECONDS = 0.5

Report = Callable[[float, str], None]
"""Takes how far a step is (0..1) and what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that set-up makes.

    Args:
        name: of its lock and log files.
        title: what is made, for people.
        target: the folder that it makes.
        must_exist: a file of the target that may vanish by itself (a link to the system's Python).
        made_from: all that the result depends on; a change makes the step due again.
        build: makes the target, from nothing or from an unfinished one.
        disk_bytes: how much the disk must have free for it.
    """

    name: str
    title: str
    target: Path
    must_exist: Path
    made_from: tuple[str, ...]
    build: Callable[[Report], Awaitable[None]]
    disk_bytes: int

    @property
    def fingerprint(self) -> str:
        """A hash of what it is made from, and of where it lies: environments cannot be moved."""
        parts = "\0".join((str(self.target), *self.made_from))
        return hashlib.sha256(parts.encode()).hexdigest()

    @property
    def stamp(self) -> Path:
        """The file that says the target is complete."""
        return self.target / ".made-from"

    def is_done(self) -> bool:
        """Whether the target is complete and made from what it would be made from now."""
        try:
            return self.must_exist.exists() and self.stamp.read_text() == self.fingerprint
        except OSError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """Where set-up is: step `number` of `num_steps`, and `fraction` (0..1) of this step done."""

    number: int
    num_steps: int
    fraction: float
    detail: str

    @property
    def overall(self) -> float:
        """How much of the whole set-up is done, 0..1, each step counted alike."""
        return (self.number - 1 + self.fraction) / self.num_steps


def due(steps: Sequence[Step]) -> list[Step]:
    """Those steps that are not done."""
    return [step for step in steps if not step.is_done()]


Observer = Callable[[StepProgress], None]


class SetUp:
    """The steps of a command, in order.

    Args:
        steps: all of them, done or due.
        observe: told how far set-up is.
        sleep: waits seconds.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        observe: Observer,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._steps = tuple(steps)
        self._observe = observe
        self._sleep = sleep

    async def make_all(self) -> None:
        """Do the steps that are due.

        Raises:
            SetupError: A step cannot go on.
        """
        for step in self._steps:
            await self.make(step)

    async def make(self, step: Step) -> None:
        """Do one of the steps if it is due, alone on this machine.

        Raises:
            SetupError: The step cannot go on.
        """
        if step.is_done():
            return
        report = self._report_of(step)
        async with self._alone(step, report):
            if step.is_done():  # another set-up made it while this one waited
                return
            await _build(step, report)
            report(1.0, f"{_capitalized(step.title)}: done")

    def _report_of(self, step: Step) -> Report:
        number, num_steps = self._steps.index(step) + 1, len(self._steps)

        def report(fraction: float, detail: str) -> None:
            self._observe(
                StepProgress(number=number, num_steps=num_steps, fraction=fraction, detail=detail)
            )

        return report

    @asynccontextmanager
    async def _alone(self, step: Step, report: Report) -> AsyncIterator[None]:
        """Hold the step's lock; the system frees it however the process ends."""
        step.target.parent.mkdir(parents=True, exist_ok=True)
        with step.target.with_name(f"{step.target.name}.lock").open("wb") as lock_file:
            while not _lock(lock_file):
                report(0.0, f"Waiting: another set-up is making {step.title}")
                await self._sleep(LOCK_POLL_SECONDS)
            yield


async def _build(step: Step, report: Report) -> None:
    try:
        step.stamp.unlink(missing_ok=True)
        await step.build(report)
        step.stamp.write_text(step.fingerprint)
    except OSError as error:
        reason = f"{_capitalized(step.title)} cannot be made: {error.strerror}."
        raise SetupError("system", reason) from error


def _capitalized(title: str) -> str:
    return title[:1].upper() + title[1:]


def _lock(lock_file: BinaryIO) -> bool:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
