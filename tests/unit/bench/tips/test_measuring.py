"""Each workload put to an engine, and the numbers that come of it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from backend.bench.completion import Address
from backend.bench.throughput import ServeBench
from backend.bench.tips.asking import ask_questions, send_burst
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.chatting import chat
from backend.bench.tips.measuring import RunFailedError, Target
from backend.bench.tips.workloads import Burst, Chat, Prefix, Questions, RandomPrompts
from tests.fakes.engine import MODEL, FakeEngine
from tests.fakes.replies import (
    Done,
    ErrorEvent,
    Finish,
    HttpError,
    Reset,
    Say,
    Stream,
    Usage,
)
from tests.unit.bench.small_vllm import lay_out_bench


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with FakeEngine() as engine:
        yield engine


def target(tmp_path: Path, url: str, looks: list[float]) -> Target:
    lay_out_bench(tmp_path)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    bench = ServeBench(str(python), tmp_path / "bench.log", os.environ)
    use = CardUse(lambda: looks.pop() if looks else None, seconds=0.001)
    return Target(Address(url), MODEL, "tokenizer", bench, use)


async def test_vllms_numbers_become_seconds(engine: FakeEngine, tmp_path: Path) -> None:
    at = target(tmp_path, engine.root_url, [])
    load = RandomPrompts(num_users=2, num_prompts=8, input_tokens=16, output_tokens=4)
    with at.bench:
        numbers = await asyncio.to_thread(at.measure, load, 0)
    assert numbers == {
        "output_tokens_per_second": 99.5,
        "ttft_seconds": 0.25,
        "ttft_p99_seconds": 0.9,
        "tpot_seconds": 0.02,
        "num_failed": 0,
        "num_preemptions": None,
    }


async def test_a_run_of_which_a_request_failed_has_failed(
    engine: FakeEngine, tmp_path: Path
) -> None:
    at = replace(target(tmp_path, engine.root_url, []), model="overloaded")
    loads = (
        RandomPrompts(num_users=2, num_prompts=8, input_tokens=16, output_tokens=4),
        Prefix(prefix_tokens=256, is_shared=True, num_prompts=8),
    )
    with at.bench:
        for load in loads:
            with pytest.raises(RunFailedError, match="1 of 8 requests failed"):
                await asyncio.to_thread(at.measure, load, 0)


async def test_failed_requests_are_counted_where_they_are_what_is_measured(
    engine: FakeEngine, tmp_path: Path
) -> None:
    at = replace(target(tmp_path, engine.root_url, []), model="overloaded")
    load = RandomPrompts(
        num_users=2, num_prompts=8, input_tokens=16, output_tokens=4, may_fail=True
    )
    with at.bench:
        numbers = await asyncio.to_thread(at.measure, load, 0)
    assert numbers["num_failed"] == 1


async def test_a_warm_up_may_fail_in_part(engine: FakeEngine, tmp_path: Path) -> None:
    at = replace(target(tmp_path, engine.root_url, [0.5]), model="overloaded")
    load = RandomPrompts(num_users=2, num_prompts=8, input_tokens=16, output_tokens=4)
    with at.bench:
        await asyncio.to_thread(at.warm_up, [load])


@pytest.mark.parametrize(
    ("looks", "asked"),
    [
        pytest.param([0.5], [("64", "32"), ("512", "2"), ("512", "32")], id="card"),
        pytest.param([], [("64", "2")], id="processor"),
    ],
)
async def test_a_card_is_warmed_up_with_the_loads_that_are_measured(
    engine: FakeEngine, tmp_path: Path, looks: list[float], asked: list[tuple[str, str]]
) -> None:
    at = target(tmp_path, engine.root_url, looks)
    loads = [
        RandomPrompts(num_users=users, num_prompts=2 * users, input_tokens=512, output_tokens=128)
        for users in (2, 32)
    ]
    with at.bench:
        await asyncio.to_thread(at.warm_up, loads)
    words = re.compile(r"--random-input-len (\d+) --random-output-len 8 --max-concurrency (\d+)")
    assert words.findall((tmp_path / "bench.log").read_text()) == asked


async def test_another_process_asks_a_running_engine_other_prompts(
    engine: FakeEngine, tmp_path: Path
) -> None:
    first = target(tmp_path, engine.root_url, [])
    load = RandomPrompts(num_users=2, num_prompts=8, input_tokens=16, output_tokens=4)
    for seed in (1, 1, 2):
        at = replace(first, first_seed=seed)
        with at.bench:
            await asyncio.to_thread(at.measure, load, 0)
    asked = re.findall(r"--seed (\d+)", (tmp_path / "bench.log").read_text())
    assert len(set(asked[:2])) == 1
    assert len(set(asked)) == 2


async def test_of_prompts_that_share_a_prefix_the_median_counts(
    engine: FakeEngine, tmp_path: Path
) -> None:
    at = target(tmp_path, engine.root_url, [])
    with at.bench:
        load = Prefix(prefix_tokens=256, is_shared=True, num_prompts=3)
        numbers = await asyncio.to_thread(at.measure, load, 0)
    assert numbers["ttft_seconds"] == 0.2


async def test_an_engine_that_is_gone_is_a_run_that_failed(tmp_path: Path) -> None:
    at = target(tmp_path, "http://127.0.0.1:1", [])
    with pytest.raises(RunFailedError, match=r"refused|Connect"):
        await asyncio.to_thread(at.measure, Questions(num_at_once=1, output_tokens=8), 0)
    assert not await asyncio.to_thread(at.is_alive)


async def test_the_cards_use_is_the_mean_while_the_questions_run(
    engine: FakeEngine, tmp_path: Path
) -> None:
    at = target(tmp_path, engine.root_url, [0.5, 0.25])
    load = Questions(num_at_once=10, output_tokens=8)
    numbers = await asyncio.to_thread(at.measure, load, 0)
    assert numbers["card_use"] in (None, 0.25, 0.375)


async def test_ten_questions_are_asked_in_turn_or_at_once(engine: FakeEngine) -> None:
    address = Address(engine.root_url)
    await ask_questions(address, MODEL, Questions(num_at_once=1, output_tokens=8), 0)
    assert [request.num_running for request in engine.requests] == [1] * 10
    await ask_questions(address, MODEL, Questions(num_at_once=10, output_tokens=8), 0)
    assert len(engine.requests) == 20
    assert max(request.num_running for request in engine.requests[10:]) > 1


async def test_a_burst_counts_what_a_full_queue_refuses(engine: FakeEngine) -> None:
    full = Stream(ErrorEvent(503, "the queue is full"))
    engine.enqueue(HttpError(503), full, HttpError(503))
    load = Burst(num_requests=8, output_tokens=4)
    numbers = await send_burst(Address(engine.root_url), MODEL, load, 0)
    assert (numbers["num_answered"], numbers["num_refused"]) == (5, 3)


async def test_a_reply_whose_tokens_have_no_text_is_an_answer(engine: FakeEngine) -> None:
    engine.enqueue(Stream(Say(""), Finish(), Usage(), Done()))
    numbers = await send_burst(
        Address(engine.root_url), MODEL, Burst(num_requests=1, output_tokens=2), 0
    )
    assert numbers["num_answered"] == 1
    assert numbers["ttft_seconds"] == numbers["latency_seconds"]


async def test_a_burst_that_breaks_otherwise_has_failed(engine: FakeEngine, tmp_path: Path) -> None:
    engine.enqueue(Stream(Say("One"), Reset()))
    at = target(tmp_path, engine.root_url, [])
    with pytest.raises(RunFailedError):
        await asyncio.to_thread(at.measure, Burst(num_requests=4, output_tokens=4), 0)


@pytest.mark.parametrize(("trimming", "num_drops"), [("half", 2), ("turn", 9)])
async def test_half_at_once_moves_the_prefix_seldom_and_turn_by_turn_each_time(
    engine: FakeEngine, trimming: str, num_drops: int
) -> None:
    load = Chat(
        trimming="half" if trimming == "half" else "turn",
        num_turns=14,
        context_tokens=700,
        question_tokens=60,
        output_tokens=8,
    )
    numbers = await chat(Address(engine.root_url), MODEL, load, seed=1)
    firsts = [request.messages[1]["content"] for request in engine.requests]
    assert numbers["num_trimmed_turns"] > 3
    moved = sum(a != b for a, b in pairwise(firsts))
    assert moved <= num_drops if trimming == "half" else moved > 3
