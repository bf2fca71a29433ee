from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.setup.layout import Layout
from tests.fakes.product import Product, free_port
from tests.fakes.server import LOOPBACK
from tests.unit.setup.toy import ToyProject

STARTS = "Starting the engine"
INSTALL_SECONDS = 60.0


@dataclass
class ColdStart:
    """What the very first `make demo` showed, and how it ended at Ctrl-C."""

    project: ToyProject
    log: list[str]
    pages: list[dict[str, Any]]
    exit_status: int


@pytest.fixture(scope="module")
def cold_start(tmp_path_factory: pytest.TempPathFactory) -> ColdStart:
    return asyncio.run(start_cold(ToyProject(tmp_path_factory.mktemp("toy"))))


@pytest.fixture
def project(cold_start: ColdStart) -> ToyProject:
    """A project that is set up."""
    return cold_start.project


async def start_cold(project: ToyProject) -> ColdStart:
    async with running(project.command("demo", TOY_ORPHAN="1")) as demo:
        await demo.logs("Open http", INSTALL_SECONDS)
        pages = [body async for body in pages_until_serving(project.status_port)]
        exit_status = await demo.end(signal.SIGINT)
    await project.all_gone()
    return ColdStart(project, demo.log, pages, exit_status)


async def pages_until_serving(port: int) -> AsyncIterator[dict[str, Any]]:
    async with asyncio.timeout(INSTALL_SECONDS):
        while True:
            body = await asyncio.to_thread(read_status, port)
            if body:
                yield body
            if body.get("phase") == "serving":
                return
            await asyncio.sleep(0.1)  # another process has no event to await


def read_status(port: int) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/status", timeout=2) as response:
            body: dict[str, Any] = json.load(response)
            return body
    except OSError:
        return {}


@asynccontextmanager
async def running(command: Product) -> AsyncIterator[Product]:
    await command.start()
    try:
        yield command
    finally:
        await command.end(signal.SIGKILL)


async def served(project: ToyProject, other_than: int | None = None) -> None:
    """Wait until a launcher serves its status page."""
    async with asyncio.timeout(10):
        async for _ in pages_until_serving(project.status_port):
            pass
        while project.pid("launcher") == other_than:  # noqa: ASYNC110 - another process, no event
            await asyncio.sleep(0.02)


@asynccontextmanager
async def taken(port: int) -> AsyncIterator[None]:
    async with await asyncio.start_server(lambda reader, writer: writer.close(), LOOPBACK, port):
        yield


def lines_with(log: list[str], text: str) -> list[int]:
    return [number for number, line in enumerate(log) if text in line]


# -- the first start ------------------------------------------------------------------------------


def test_the_chat_can_be_opened_before_the_engine_is_installed(cold_start: ColdStart) -> None:
    (opened,) = lines_with(cold_start.log, "Open http://127.0.0.1:")
    (installed,) = lines_with(cold_start.log, "[2/3] The engine: done")
    assert opened < installed


def test_the_steps_are_counted_at_the_terminal(cold_start: ColdStart) -> None:
    done = [line for line in cold_start.log if line.endswith(": done")]
    assert done == ["[1/3] The chat: done", "[2/3] The engine: done", "[3/3] The model: done"]


def test_installing_is_a_phase_seen_on_the_status_page(cold_start: ColdStart) -> None:
    *installing, last = cold_start.pages
    assert {page["phase"] for page in installing} <= {"starting", "downloading"}
    details = "\n".join(page["detail"] for page in installing)
    assert "Installing the engine" in details
    assert last["phase"] == "serving", "the launcher's page follows on the same port"


def test_the_progress_of_an_installation_never_goes_back(cold_start: ColdStart) -> None:
    progress = [page["progress"] for page in cold_start.pages if page["phase"] == "downloading"]
    assert progress == sorted(progress)
    assert 0.333 <= progress[0] < progress[-1] <= 1, "the chat was the first of three steps"


def test_stopped_by_ctrl_c_it_ends_well(cold_start: ColdStart) -> None:
    assert cold_start.exit_status == 0


def test_the_model_is_made_in_its_place_and_its_traces_are_gone(project: ToyProject) -> None:
    layout = Layout(project.root)
    assert (layout.model / "config.json").read_text() == "weights"
    assert list((layout.home / "tmp").iterdir()) == []


def test_everything_lies_under_one_folder(project: ToyProject) -> None:
    toys = {"wheels", "requirements", "backend"}
    toys |= {f"{name}.{kind}" for name in ("chat", "launcher") for kind in ("pid", "environ")}
    assert {path.name for path in project.root.iterdir()} - toys == {".warmline"}


def test_the_chat_is_told_where_the_engine_is_and_not_the_hubs_token(project: ToyProject) -> None:
    chat = project.environ("chat")
    assert chat["WARMLINE_ENGINE_URL"] == f"http://127.0.0.1:{project.engine_port}/v1"
    assert chat["WARMLINE_STATUS_URL"] == f"http://127.0.0.1:{project.status_port}/status"
    assert "HF_TOKEN" not in chat


def test_the_launcher_gets_the_model_and_the_token_and_works_outside_the_project(
    project: ToyProject,
) -> None:
    layout = Layout(project.root)
    launcher = project.environ("launcher")
    assert launcher["WARMLINE_ENGINE_MODEL"] == str(layout.model)
    assert launcher["HF_TOKEN"] == "hf_secret"
    assert layout.log_file("vllm").read_text().startswith(f"{layout.run}\n")


# -- later starts ---------------------------------------------------------------------------------


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
        assert await demo.exit_status(10) == 3
    assert lines_with(demo.log, "The chat ended (exit code 3).")
    await project.all_gone()


async def test_a_killed_chat_ends_the_demo_as_a_shell_would(project: ToyProject) -> None:
    async with running(project.command("demo")) as demo:
        await demo.logs("Open http")
        os.kill(project.pid("chat"), signal.SIGKILL)
        assert await demo.exit_status(10) == 128 + signal.SIGKILL
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
        assert await demo.exit_status(10) == 1
    (line,) = demo.log
    assert f"Port {port} is taken by process {os.getpid()} (" in line
    assert "make demo" in line


# -- interrupted, and failing ---------------------------------------------------------------------


async def test_interrupted_while_it_installs_the_next_start_begins_that_step_anew(
    project: ToyProject,
) -> None:
    (Layout(project.root).engine / ".made-from").unlink()
    async with running(project.command("demo")) as demo:
        await demo.logs("[2/3] Installing the engine")
        await demo.end(signal.SIGINT)
    await project.all_gone()
    async with running(project.command("demo")) as demo:
        await demo.logs("[2/3] The engine: done", INSTALL_SECONDS)
        await served(project)
        await demo.end(signal.SIGTERM)


async def test_killed_while_it_converts_the_model_it_leaves_nothing_and_begins_anew(
    project: ToyProject,
) -> None:
    layout = Layout(project.root)
    shutil.rmtree(layout.model)
    async with conversion() as (port, begun):
        async with running(project.command("demo", TOY_CONVERTING_PORT=str(port))) as demo:
            async with asyncio.timeout(INSTALL_SECONDS):
                await begun.wait()
            await demo.end(signal.SIGKILL)
        await project.all_gone()
    assert not layout.model.exists()
    async with running(project.command("demo")) as demo:
        await demo.logs("[3/3] The model: done", INSTALL_SECONDS)
        await served(project)
        await demo.end(signal.SIGTERM)


async def test_a_step_that_fails_is_a_problem_on_the_page_and_at_the_terminal(
    project: ToyProject, tmp_path: Path
) -> None:
    stamp = Layout(project.root).model / ".made-from"
    stamped = stamp.read_text()
    stamp.unlink()
    shutil.copy(next((project.root / "wheels").glob("toychat-*")), tmp_path)
    async with running(project.command("demo", PIP_FIND_LINKS=str(tmp_path))) as demo:
        line = await demo.logs("Trying again in 30 s.", INSTALL_SECONDS)
        page = read_status(project.status_port)
        await demo.end(signal.SIGTERM)
    stamp.write_text(stamped)
    assert page["phase"] == "failed"
    assert page["problem"]["kind"] == "package"
    assert page["problem"]["message"] in line


async def test_without_an_index_it_says_so_before_any_work(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy")
    nowhere = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/"}
    async with running(project.command("demo", **nowhere)) as demo:
        assert await demo.exit_status(20) == 1
    (line,) = demo.log
    assert line.startswith("warmline: pip cannot reach its package index.")
    assert not Layout(project.root).home.exists()


@asynccontextmanager
async def conversion() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """The port where a toy conversion says that it has begun; it is not let on."""
    begun = asyncio.Event()

    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(begin, LOOPBACK, 0) as server:
        yield server.sockets[0].getsockname()[1], begun
