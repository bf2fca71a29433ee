"""Filling the caches: a first start, one more to show that it is warm, and a note of it, last."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from backend import prewarm as module
from backend.prewarm import PrewarmError, prewarm
from backend.wiring import Services
from config.settings import Settings
from tests.fakes.engine import FakeEngine
from tests.fakes.replies import numbered
from tests.fakes.status_page import StatusPage

CACHES: dict[str, Any] = {
    "key": "one-kind",
    "is_warm": False,
    "next_start_seconds": 24.2,
    "caches": [{"name": "model", "folder": "/models", "num_files": 3, "num_bytes": 8_000_000_000}],
}


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with FakeEngine() as engine:
        yield engine


@pytest_asyncio.fixture
async def launcher() -> AsyncIterator[StatusPage]:
    async with StatusPage() as page:
        page.show("serving")
        page.caches = CACHES
        yield page


@pytest_asyncio.fixture
async def services(engine: FakeEngine, launcher: StatusPage) -> AsyncIterator[Services]:
    services = Services(Settings(engine_url=engine.url, status_url=launcher.url))
    yield services
    await services.shut_down()


@pytest_asyncio.fixture
async def begun_anew(engine: FakeEngine) -> AsyncIterator[list[int]]:
    """SIGUSR1 to this process, which plays the launcher: its engine goes and comes again."""
    received: list[int] = []
    starting: list[asyncio.Task[None]] = []

    async def start_again() -> None:
        await engine.close()
        await asyncio.sleep(1)
        await engine.open()

    def begin_anew() -> None:
        received.append(signal.SIGUSR1)
        starting.append(asyncio.create_task(start_again()))

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, begin_anew)
    yield received
    loop.remove_signal_handler(signal.SIGUSR1)
    await asyncio.gather(*starting)


async def ask(url: str, text: str) -> None:
    body = {"model": "fake-model", "messages": [{"role": "user", "content": text}], "stream": True}
    async with httpx2.AsyncClient(timeout=60) as client:
        await client.post(f"{url}/chat/completions", json=body)


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def run(services: Services, cache_dir: Path) -> list[str]:
    said: list[str] = []
    async with asyncio.timeout(30):
        await prewarm(services, launcher=os.getpid(), cache_dir=cache_dir, say=said.append)
    return said


async def test_it_warms_up_starts_once_more_and_writes_that_down(
    services: Services, engine: FakeEngine, begun_anew: list[int], tmp_path: Path
) -> None:
    said = await run(services, tmp_path)
    assert begun_anew == [signal.SIGUSR1]
    assert "one-kind" in (tmp_path / "prewarmed.json").read_text()
    assert any("warming up: 8 at once" in line for line in said)
    assert said[-2:] == [
        "    8.0 GB  the model: /models",
        "The next start takes about 24 s, until people can write.",
    ]
    assert len(engine.requests) > 2 * 8


async def test_a_second_run_has_nothing_to_do_and_says_so(
    services: Services, engine: FakeEngine, launcher: StatusPage, tmp_path: Path
) -> None:
    launcher.caches = CACHES | {"is_warm": True}
    said = await run(services, tmp_path)
    assert said[0] == "Nothing to do, the next start is a warm one already:"
    assert engine.requests == []


async def test_interrupted_in_the_middle_nothing_is_written_down(
    services: Services, begun_anew: list[int], tmp_path: Path
) -> None:
    running = asyncio.create_task(run(services, tmp_path))
    while not begun_anew:  # noqa: ASYNC110 - the second start is being waited for
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert is_empty(tmp_path)


async def test_people_who_use_the_engine_keep_it_and_are_told_of(
    services: Services, engine: FakeEngine, begun_anew: list[int], tmp_path: Path
) -> None:
    engine.enqueue(numbered("word", 2000, tokens_per_second=20), to="Tell")
    async with asyncio.TaskGroup() as people:
        person = people.create_task(ask(engine.url, "Tell me everything"))
        await engine.request("Tell")
        with pytest.raises(PrewarmError, match="Somebody's requests are in the engine"):
            await run(services, tmp_path)
        person.cancel()
    assert begun_anew == []
    assert is_empty(tmp_path)


async def test_an_engine_that_cannot_start_ends_it_with_the_reason(
    services: Services, engine: FakeEngine, launcher: StatusPage, tmp_path: Path
) -> None:
    await engine.close()
    launcher.fail("no_network", "The model hub cannot be reached.", "Check the network.")
    said: list[str] = []
    with pytest.raises(PrewarmError, match="cannot start"):
        await prewarm(services, launcher=os.getpid(), cache_dir=tmp_path, say=said.append)
    assert said[-1].endswith("The model hub cannot be reached. Check the network.")
    assert is_empty(tmp_path)


async def test_a_cache_folder_that_cannot_be_written_is_said_and_costs_the_note_alone(
    services: Services, begun_anew: list[int], tmp_path: Path
) -> None:
    said = await run(services, tmp_path / "none")
    assert "The caches are filled, but that cannot be written down" in "\n".join(said)
    assert said[-1].startswith("The next start takes")


async def test_a_launcher_that_does_not_answer_is_not_waited_for_without_end(
    services: Services, launcher: StatusPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAUNCHER_SECONDS", 0.5)
    await launcher.server.close()
    with pytest.raises(PrewarmError, match="launcher does not answer"):
        await run(services, tmp_path)
