"""`make demo` that is interrupted while it installs, or cannot go on."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.setup.layout import Layout
from tests.fakes.server import LOOPBACK
from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import INSTALL_SECONDS, read_status, running, served


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
        assert await demo.exit_status(60) == 1
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
