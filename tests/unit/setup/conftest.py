from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import INSTALL_SECONDS, pages_until_serving, running


@dataclass
class ColdStart:
    """What the very first `make demo` showed, and how it ended at Ctrl-C."""

    project: ToyProject
    log: list[str]
    pages: list[dict[str, Any]]
    exit_status: int


@pytest.fixture(scope="session")
def cold_start(tmp_path_factory: pytest.TempPathFactory) -> ColdStart:
    return asyncio.run(start_cold(ToyProject(tmp_path_factory.mktemp("toy"))))


async def start_cold(project: ToyProject) -> ColdStart:
    async with running(project.command("demo", TOY_ORPHAN="1")) as demo:
        await demo.logs("Open http", INSTALL_SECONDS)
        pages = [body async for body in pages_until_serving(project.status_port)]
        exit_status = await demo.end(signal.SIGINT)
    await project.all_gone()
    return ColdStart(project, demo.log, pages, exit_status)


@pytest.fixture
def project(cold_start: ColdStart) -> ToyProject:
    """A project that is set up; every test leaves it so."""
    return cold_start.project
