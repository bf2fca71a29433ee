"""What an engine says of itself, and what is no engine or answers as none would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.bench.completion import Address
from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.measuring import RunFailedError, Target
from backend.bench.tips.running_vllm import NotVllmError, find_running
from backend.bench.tips.workloads import Text
from tests.fakes.engine import MODEL, VERSION, FakeEngine


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with FakeEngine() as engine:
        yield engine


def target(tmp_path: Path, url: str) -> Target:
    bench = ServeBench("python", tmp_path / "bench.log", {})
    return Target(Address(url), MODEL, "tokenizer", bench, CardUse(lambda: None))


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The URL of a server that answers everything with these bytes."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_running_vllm_is_found_with_and_without_v1(engine: FakeEngine) -> None:
    for url in (engine.url, engine.root_url, f"{engine.url}/"):
        address, entry, version = await asyncio.to_thread(find_running, url, None)
        assert (address.root_url, entry["id"], version) == (engine.root_url, MODEL, VERSION)


async def test_the_key_is_sent(engine: FakeEngine) -> None:
    engine.api_key = "sesame"
    await asyncio.to_thread(find_running, engine.url, "sesame")
    with pytest.raises(NotVllmError, match="OPENAI_API_KEY"):
        await asyncio.to_thread(find_running, engine.url, None)


async def test_a_page_that_is_no_engine_is_one_clear_sentence(engine: FakeEngine) -> None:
    engine.is_html = True
    with pytest.raises(NotVllmError, match=r"is no vLLM that can be measured .* are not those"):
        await asyncio.to_thread(find_running, engine.url, None)


async def test_nobody_there_is_one_clear_sentence() -> None:
    with pytest.raises(NotVllmError, match=r"http://127.0.0.1:1/v1 is no vLLM .*refused"):
        await asyncio.to_thread(find_running, "http://127.0.0.1:1/v1", None)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"220 mail.example ESMTP\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "IncompleteRead"),
    ],
)
async def test_an_answer_that_is_no_http_is_one_clear_sentence(answer: bytes, told: str) -> None:
    async with answering(answer) as url:
        with pytest.raises(NotVllmError, match=told):
            await asyncio.to_thread(find_running, url, None)


async def test_an_engine_that_answers_no_http_is_not_alive(tmp_path: Path) -> None:
    async with answering(b"220 mail.example ESMTP\r\n") as url:
        assert not await asyncio.to_thread(target(tmp_path, url).is_alive)


@pytest.mark.parametrize("body", [b'{"choices": []}', b'{"choices": null}', b"[]", b"a text"])
async def test_an_answer_of_another_shape_is_a_run_that_failed(tmp_path: Path, body: bytes) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body) as url:
        with pytest.raises(RunFailedError):
            await asyncio.to_thread(target(tmp_path, url).measure, Text(), 0)


async def test_a_url_that_is_none_is_one_clear_sentence() -> None:
    with pytest.raises(NotVllmError, match="InvalidURL"):
        await asyncio.to_thread(find_running, "http://127.0.0.1:port/v1", None)
