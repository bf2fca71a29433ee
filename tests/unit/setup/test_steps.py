from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest

from backend.setup.errors import SetupError
from backend.setup.steps import Report, SetUp, Step, StepProgress, due


class Workshop:
    """A step that counts how often it is built, and may fail or wait."""

    def __init__(self, folder: Path, name: str = "engine") -> None:
        self.target = folder / name
        self.num_builds = 0
        self.error: Exception | None = None
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    def step(self, *made_from: str) -> Step:
        return Step(
            name=self.target.name,
            title=f"the {self.target.name}",
            target=self.target,
            must_exist=self.target / "python",
            made_from=made_from,
            build=self.build,
            disk_bytes=0,
        )

    async def build(self, report: Report) -> None:
        self.num_builds += 1
        self.target.mkdir(exist_ok=True)
        (self.target / "python").touch()
        report(0.5, "half of it")
        self.begun.set()
        await self.go_on.wait()
        if self.error:
            raise self.error


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def unseen(progress: StepProgress) -> None:
    pass


async def made(*steps: Step) -> None:
    await SetUp(steps, unseen).make_all()


async def test_a_step_that_is_done_is_not_done_again(workshop: Workshop) -> None:
    await made(workshop.step("lock 1"))
    await made(workshop.step("lock 1"))
    assert workshop.num_builds == 1


async def test_a_step_is_due_again_when_what_it_was_made_from_changes(workshop: Workshop) -> None:
    await made(workshop.step("lock 1"))
    await made(workshop.step("lock 2"))
    assert workshop.num_builds == 2


async def test_a_step_is_due_again_when_its_folder_was_moved(
    workshop: Workshop, tmp_path: Path
) -> None:
    await made(workshop.step("lock 1"))
    workshop.target = workshop.target.rename(tmp_path / "elsewhere")
    assert due([workshop.step("lock 1")])


async def test_a_step_is_due_again_when_its_python_has_gone(workshop: Workshop) -> None:
    await made(workshop.step("lock 1"))
    (workshop.target / "python").unlink()
    assert due([workshop.step("lock 1")])


async def test_an_interrupted_step_is_due(workshop: Workshop) -> None:
    workshop.go_on.clear()
    making = asyncio.create_task(made(workshop.step("lock 1")))
    await workshop.begun.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert due([workshop.step("lock 1")])


async def test_a_step_that_is_made_anew_is_due_until_it_is_complete(workshop: Workshop) -> None:
    await made(workshop.step("lock 1"))
    workshop.error = SetupError("pip", "pip failed.")
    with pytest.raises(SetupError, match="pip failed"):
        await made(workshop.step("lock 2"))
    assert due([workshop.step("lock 1")]), "what is there is neither the old nor the new one"


async def test_the_systems_refusal_is_said_in_words(workshop: Workshop) -> None:
    workshop.error = OSError(28, "No space left on device")
    with pytest.raises(SetupError, match="The engine cannot be made: No space left on device"):
        await made(workshop.step("lock 1"))


async def test_progress_names_the_step_and_counts_the_whole(tmp_path: Path) -> None:
    seen: list[StepProgress] = []
    steps = [Workshop(tmp_path, name).step() for name in ("chat", "engine")]
    await SetUp(steps, seen.append).make_all()
    assert [(one.number, one.num_steps, one.detail, one.overall) for one in seen] == [
        (1, 2, "half of it", 0.25),
        (1, 2, "The chat: done", 0.5),
        (2, 2, "half of it", 0.75),
        (2, 2, "The engine: done", 1.0),
    ]


async def test_two_set_ups_at_once_make_a_step_once(workshop: Workshop) -> None:
    step = workshop.step("lock 1")
    workshop.go_on.clear()
    first = asyncio.create_task(made(step))
    await workshop.begun.wait()
    details: list[str] = []

    async def let_the_first_go_on(seconds: float) -> None:
        workshop.go_on.set()
        await first

    second = SetUp([step], lambda one: details.append(one.detail), sleep=let_the_first_go_on)
    await second.make_all()
    assert details == ["Waiting: another set-up is making the engine"]
    assert workshop.num_builds == 1


async def test_the_lock_is_free_again_after_a_failure(workshop: Workshop) -> None:
    workshop.error = SetupError("pip", "pip failed.")
    with pytest.raises(SetupError):
        await made(workshop.step("lock 1"))
    with workshop.target.with_name("engine.lock").open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
