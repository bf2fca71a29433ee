"""What is seen of a start: the launcher's phases, live, in the page and at /readyz."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.stack import Stack, running_stack

PHASES = [  # after "starting", in the contract's order
    "downloading",
    "loading_weights",
    "compiling",
    "allocating_kv_cache",
    "capturing_graphs",
    "serving",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    data_dir = tmp_path_factory.mktemp("data")
    async with running_stack(data_dir, engine_is_open=False, has_launcher=True) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def closed_stack(stack: Stack) -> Stack:
    """The product while its engine is not there and its launcher starts anew."""
    await stack.engine.close()
    stack.engine.reset()
    stack.status_page.reset()
    # a command of its own: no warm-up of another test counts in what is still to come
    stack.status_page.show("starting", command=["vllm", "serve", f"model-{uuid.uuid4()}"])
    await stack.chat.phase("starting")
    return stack


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(closed_stack: Stack) -> AsyncIterator[Person]:
    """A person who has come before the model is ready."""
    async with Person(closed_stack.chat.url) as person:
        yield person


async def open_engine(stack: Stack) -> FakeEngine:
    stack.status_page.show("serving", progress=1.0)
    await stack.engine.open()
    return stack.engine


async def test_phases_follow_the_launcher_in_the_page_and_at_readyz(
    closed_stack: Stack, waiting: Person
) -> None:
    for number, phase in enumerate(PHASES, start=1):
        progress = number / 10
        closed_stack.status_page.show(phase, progress=progress, eta_seconds=30.0 - number)
        body = await closed_stack.chat.phase(phase)
        await waiting.sees_gate(phase=phase)

        assert body["ready"] is False
        assert body["progress"] == waiting.page.gate["progress"] == pytest.approx(progress)
        assert body["eta_seconds"] == 30.0 - number
        assert body["elapsed_seconds"] > 0
        assert waiting.page.gate["eta"] == f"about {30 - number} s left"
    labels = [passed["label"] for passed in waiting.page.gate["passed"]]
    assert labels[-2:] == ["Making room for conversations (KV cache)", "Capturing CUDA graphs"]


async def test_readyz_answers_503_with_all_fields_until_the_gate_is_open(
    closed_stack: Stack,
) -> None:
    closed_stack.status_page.show("loading_weights", progress=0.4, detail="Shard 1 of 2")
    body = await closed_stack.chat.phase("loading_weights")
    assert {**body, "elapsed_seconds": None} == {
        "ready": False,
        "phase": "loading_weights",
        "progress": 0.4,
        "eta_seconds": None,
        "elapsed_seconds": None,
        "detail": "Shard 1 of 2",
        "problem": None,
    }
    assert (await closed_stack.chat.get("/readyz"))[0] == 503
    assert (await closed_stack.chat.get("/healthz"))[0] == 200

    await open_engine(closed_stack)
    body = await closed_stack.chat.ready()
    assert (body["phase"], body["progress"], body["problem"]) == ("ready", 1.0, None)
    assert (await closed_stack.chat.get("/readyz"))[0] == 200


async def test_the_composer_opens_in_the_page_that_watched_the_start(
    closed_stack: Stack, waiting: Person
) -> None:
    closed_stack.status_page.show("compiling", progress=0.5)
    await waiting.shows("Compiling the model")
    assert waiting.page.loading

    await open_engine(closed_stack)
    await waiting.sees_gate(open=True)
    assert "Hello from the engine." in await waiting.ask("Hello")
    assert "Compiling the model" not in waiting.page.text()


async def test_a_launcher_that_says_serving_opens_nothing_while_the_engine_does_not_answer(
    closed_stack: Stack, waiting: Person
) -> None:
    closed_stack.status_page.show("serving", progress=1.0)
    await waiting.shows("Opening the engine's server")
    await closed_stack.status_page.asked()
    assert waiting.page.loading
    assert (await closed_stack.chat.readyz())["ready"] is False


async def test_without_the_launcher_probes_alone_open_the_gate(
    closed_stack: Stack, waiting: Person
) -> None:
    closed_stack.status_page.http_status = 500
    await closed_stack.engine.open()
    await closed_stack.chat.ready()
    assert "Hello from the engine." in await waiting.ask("Hello")


async def test_a_start_that_failed_says_why_and_what_to_do(
    closed_stack: Stack, waiting: Person
) -> None:
    message, advice = "The GPU's memory is full.", "Stop the other process on it."
    closed_stack.status_page.show("compiling", eta_seconds=21.0, detail="Graph 3 of 5")
    closed_stack.status_page.fail("gpu_memory_taken", message, advice)
    body = await closed_stack.chat.phase("failed")
    assert body["problem"] == {"kind": "gpu_memory_taken", "message": message, "advice": advice}
    await waiting.shows(advice)
    assert waiting.page.gate["title"] == "The model cannot start"
    assert waiting.page.gate["problem"] == {"message": message, "advice": advice}
    assert waiting.page.gate["eta"] == waiting.page.gate["detail"] == ""  # of a start that is over


async def test_a_chinese_page_reads_the_phases_in_chinese(closed_stack: Stack) -> None:
    closed_stack.status_page.show("loading_weights", progress=0.5, eta_seconds=12.0)
    async with Person(closed_stack.chat.url, language="zh-CN") as person:
        await person.shows("正在加载模型权重")
        assert person.page.gate["title"] == "模型正在准备"
        await person.until(lambda: person.page.gate["eta"] == "大约还需 12 秒")
        await person.send("太早了")
        await person.shows("模型尚未就绪，消息没有发送。")


async def test_a_page_that_comes_in_mid_start_sees_at_once_how_far_it_is(
    closed_stack: Stack,
) -> None:
    closed_stack.status_page.show("compiling", progress=0.5)
    await closed_stack.chat.phase("compiling")
    async with Person(closed_stack.chat.url) as person:
        await person.sees_gate(label="Compiling the model", within_seconds=1)
        assert person.page.loading
