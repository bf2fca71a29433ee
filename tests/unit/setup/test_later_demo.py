"""`make demo` where everything is installed: what it starts, says and ends with."""

from __future__ import annotations

import os
import signal

from backend.setup.layout import Layout
from tests.fakes.product import free_port
from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import lines_with, running, served, taken


async def test_a_second_start_installs_nothing_and_needs_no_network(project: ToyProject) -> None:
    nowhere = {"PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    async with running(project.command("demo", **nowhere)) as demo:
        await demo.logs("Open http")
        await demo.end(signal.SIGTERM)
    assert demo.log[0] == "Set up already, nothing to install."
    assert not lines_with(demo.log, "[")


async def test_a_launcher_that_ends_is_started_again(project: ToyProject) -> None:
    async with running(project.command("demo")) as demo:
        await served(project)
        first = project.pid("launcher")
        os.kill(first, signal.SIGKILL)
        await demo.logs("The launcher ended (exit code -9); starting it again in 1 s.")
        await served(project, other_than=first)
        await demo.end(signal.SIGTERM)
    await project.all_gone()


async def test_the_demo_ends_with_the_chats_exit_status(project: ToyProject) -> None:
    async with running(project.command("demo", TOY_EXIT="3")) as demo:
        assert await demo.exit_status(30) == 3
    assert lines_with(demo.log, "The chat ended (exit code 3).")
    await project.all_gone()


async def test_a_killed_chat_ends_the_demo_as_a_shell_would(project: ToyProject) -> None:
    async with running(project.command("demo")) as demo:
        await demo.logs("Open http")
        os.kill(project.pid("chat"), signal.SIGKILL)
        assert await demo.exit_status(30) == 128 + signal.SIGKILL
    await project.all_gone()


async def test_a_killed_demo_leaves_no_process_behind(project: ToyProject) -> None:
    async with running(project.command("demo")) as demo:
        await demo.logs("Open http")
        await served(project)
        await demo.end(signal.SIGKILL)
    await project.all_gone()


async def test_the_persons_own_model_is_loaded_and_the_demos_not_made(
    project: ToyProject,
) -> None:
    stamp = Layout(project.root).model / ".made-from"
    stamped = stamp.read_text()
    stamp.write_text("something else")
    own = {"WARMLINE_ENGINE_MODEL": "Qwen/Qwen3-0.6B", "WARMLINE_ENGINE_URL": "http://gpu/v1"}
    async with running(project.command("demo", **own)) as demo:
        await demo.logs("Open http")
        await served(project)
        await demo.end(signal.SIGTERM)
    stamp.write_text(stamped)
    assert project.environ("launcher")["WARMLINE_ENGINE_MODEL"] == "Qwen/Qwen3-0.6B"
    assert demo.log[:2] == [
        "make demo starts an engine of its own; make chat uses yours.",
        "Set up already, nothing to install.",
    ]


async def test_a_taken_engine_port_is_replaced_and_said(project: ToyProject) -> None:
    demo = project.command("demo", WARMLINE_ENGINE_PORT=str(port := free_port()))
    async with taken(port), running(demo):
        await demo.logs("Open http")
        await demo.end(signal.SIGTERM)
    assert lines_with(demo.log, f"Port {port} is taken by process {os.getpid()} (")
    assert lines_with(demo.log, f"the engine gets {port + 10}.")


async def test_a_taken_chat_port_stops_it_with_one_line(project: ToyProject) -> None:
    demo = project.command("demo", WARMLINE_PORT=str(port := free_port()))
    async with taken(port), running(demo):
        assert await demo.exit_status(30) == 1
    (line,) = demo.log
    assert f"Port {port} is taken by process {os.getpid()} (" in line
    assert "make demo" in line
