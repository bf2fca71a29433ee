"""The commands as processes: what the Makefile's targets start."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.setup.layout import Layout
from tests.fakes.product import Product
from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import ended, running, served


@dataclass
class FirstChat:
    """The very first `make chat`, of a chat that ends at once."""

    project: ToyProject
    exit_status: int


@pytest.fixture(scope="module")
def first_chat(tmp_path_factory: pytest.TempPathFactory) -> FirstChat:
    project = ToyProject(tmp_path_factory.mktemp("toy"))
    status, _ = asyncio.run(ended(project.command("chat", TOY_EXIT="7")))
    return FirstChat(project, status)


@pytest.fixture
def project(first_chat: FirstChat) -> ToyProject:
    """A project whose chat is set up."""
    return first_chat.project


def test_chat_sets_up_the_chat_alone_and_hands_its_exit_status_on(first_chat: FirstChat) -> None:
    layout = Layout(first_chat.project.root)
    assert first_chat.exit_status == 7
    assert layout.chat.exists()
    assert not layout.engine.exists()


async def test_chat_that_is_set_up_starts_without_a_word_and_without_pip(
    project: ToyProject,
) -> None:
    status, log = await ended(project.command("chat", TOY_EXIT="0", PIP_FIND_LINKS=""))
    assert (status, log) == (0, [])


async def test_chat_becomes_the_chat_so_that_signals_reach_it(project: ToyProject) -> None:
    async with running(project.command("chat")) as chat:
        await chat.logs("toy chat: up")
        assert project.pid("chat") == chat.process.pid
        assert await chat.end(signal.SIGTERM) == -signal.SIGTERM
    await project.all_gone()


async def test_chat_takes_the_engine_that_the_person_names(project: ToyProject) -> None:
    url = "http://gpu:8000/v1"
    await ended(project.command("chat", TOY_EXIT="0", WARMLINE_ENGINE_URL=url))
    assert project.environ("chat")["WARMLINE_ENGINE_URL"] == url
    assert "WARMLINE_STATUS_URL" not in project.environ("chat")


async def test_clean_without_a_terminal_removes_nothing(project: ToyProject) -> None:
    status, log = await ended(project.command("clean"))
    assert status == 0
    assert "it asks first" in log[0]
    assert Layout(project.root).chat.exists()


async def test_doctor_says_what_is_missing(project: ToyProject) -> None:
    status, log = await ended(project.command("doctor"))
    assert (status, [line.split()[0] for line in log]) == (0, ["ok"] * 5)
    status, log = await ended(project.command("doctor", PIP_FIND_LINKS=""))
    assert status == 1
    assert [line for line in log if line.startswith("missing")] == [
        "missing  pip reaches its index: pip finds no toychat==1.0 for this machine. "
        "Check pip's settings (index, constraints), then run it again."
    ]


async def test_the_engine_for_a_card_is_refused_where_no_card_answers(
    project: ToyProject, tmp_path: Path
) -> None:
    command = project.command("demo", "--engine", "gpu", PATH=str(tmp_path))
    status, log = await ended(command)
    assert status == 1
    assert log[0].startswith("warmline: No NVIDIA card answers here")
    assert not Layout(project.root).gpu_engine.exists()


async def test_the_engine_for_a_card_has_an_environment_of_its_own_and_no_model_of_ours(
    project: ToyProject, tmp_path: Path
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA L4'\n")
    driver.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    layout = Layout(project.root)
    async with running(project.command("demo", "--engine", "gpu", PATH=path)) as demo:
        await served(project)
        assert await demo.end(signal.SIGTERM) == 0
    assert layout.gpu_engine.exists()
    assert not layout.engine.exists()
    assert not layout.model.exists()
    assert project.environ("launcher")["WARMLINE_ENGINE_PROFILE"] == "auto"


async def test_check_env_makes_the_tools_environment_alone(project: ToyProject) -> None:
    layout = Layout(project.root)
    status, log = await ended(project.command("check-env"))
    assert (status, log[-1]) == (0, "[1/1] The tools of tests and checks: done")
    assert layout.dev.exists()
    assert not layout.engine.exists()


async def test_an_interrupted_set_up_ends_as_a_shell_expects(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy")
    async with running(project.command("check-env")) as command:
        await command.logs("[1/1] Installing")
        assert await command.end(signal.SIGINT) == 128 + signal.SIGINT
    await project.all_gone()


async def test_an_unknown_command_is_refused_with_the_known_ones(project: ToyProject) -> None:
    status, log = await ended(project.command("demolish"))
    assert status == 2
    assert "'demo'" in "\n".join(log)


OTHER_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 2, "final", 0)
runpy.run_module("backend.setup", run_name="__main__")
"""


async def test_another_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    command = Product(tmp_path, {}, (sys.executable, "-c", OTHER_PYTHON))
    status, log = await ended(command)
    assert status == 1
    (line,) = log
    assert line.startswith("Warmline needs Python 3.11, and this is 3.9 (")
