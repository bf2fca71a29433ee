"""`make prewarm` where everything is installed: what it starts, says and leaves behind."""

from __future__ import annotations

import shutil
import signal

import pytest

from backend.setup.layout import Layout
from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import ended, lines_with, running


@pytest.fixture(autouse=True)
def cold(project: ToyProject) -> None:
    shutil.rmtree(Layout(project.root).cache, ignore_errors=True)


async def test_it_fills_the_caches_beside_a_launcher_and_stops_it(project: ToyProject) -> None:
    status, log = await ended(project.command("prewarm"))
    assert status == 0
    assert log[-1] == f"toy: filled http://127.0.0.1:{project.status_port}/status"
    assert project.environ("launcher")["WARMLINE_ENGINE_PROFILE"] == "cpu"
    await project.all_gone()


async def test_a_second_run_has_nothing_to_do_and_starts_nothing(project: ToyProject) -> None:
    await ended(project.command("prewarm"))
    (project.root / "launcher.pid").unlink()
    status, log = await ended(project.command("prewarm"))
    assert (status, log[-1]) == (0, "toy: nothing to do")
    assert not (project.root / "launcher.pid").exists()


async def test_interrupted_it_stops_everything_and_a_next_run_completes(
    project: ToyProject,
) -> None:
    async with running(project.command("prewarm", TOY_PREWARM="wait")) as prewarm:
        await prewarm.logs("toy: filling")
        assert await prewarm.end(signal.SIGINT) == 128 + signal.SIGINT
    await project.all_gone()
    status, log = await ended(project.command("prewarm"))
    assert status == 0
    assert lines_with(log, "toy: filled")


async def test_a_launcher_that_ends_ends_it_with_the_place_of_its_log(
    project: ToyProject,
) -> None:
    status, log = await ended(project.command("prewarm", TOY_PREWARM="kill"))
    assert status == 1
    assert log[-1] == "warmline: The engine's launcher ended. Its log is .warmline/logs/vllm.log."
    await project.all_gone()
