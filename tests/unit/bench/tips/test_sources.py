"""What decides a bench's numbers, for engines that it starts and for one that runs already."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import busiest_card, no_card
from backend.bench.tips.engines import Running
from backend.bench.tips.experiments.loads import OWN
from backend.bench.tips.measuring import RunFailedError
from backend.bench.tips.running_vllm import is_loopback
from backend.bench.tips.sources import Asked, Source, source_of
from backend.launcher.hardware import Hardware
from tests.fakes.engine import FakeEngine
from tests.unit.bench.small_vllm import lay_out_bench

PROCESSOR = Hardware(kind="cpu", name="a processor", count=2)
CARD_BLOCKS = 'vllm:cache_config_info{hash_block_size="128",block_size="16",engine="0"} 1.0\n'
CPU_BLOCKS = CARD_BLOCKS.replace('"16"', '"128"')


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with FakeEngine() as engine:
        yield engine


def asked(
    folder: Path,
    *,
    url: str | None = None,
    model: str = "m",
    profile: str = "cpu",
    flags: tuple[str, ...] = (),
) -> Asked:
    return Asked(
        python=sys.executable,
        model=model,
        profile=profile,
        flags=flags,
        folder=folder,
        url=url,
        checkpoints={},
    )


def source(what: Asked) -> Source:
    bench = ServeBench(what.python, what.folder / "bench.log", os.environ)
    return source_of(what, PROCESSOR, bench)


async def at_url(folder: Path, url: str, model: str = "") -> Source:
    return await asyncio.to_thread(source, asked(folder, url=url, model=model))


def elsewhere(engine: FakeEngine) -> str:
    """The engine's URL by a host that is no loopback by its name, and still leads here."""
    return engine.url.replace("127.0.0.1", "0.0.0.0")


def running(found: Source) -> Running:
    assert isinstance(found.engines, Running)
    return found.engines


def test_the_chosen_profile_is_told_and_not_how_it_was_chosen(tmp_path: Path) -> None:
    assert source(asked(tmp_path, profile="auto")).on["profile"] == "cpu"


def test_other_flags_of_the_profile_are_other_numbers(tmp_path: Path) -> None:
    flags = source(asked(tmp_path, flags=("--max-num-seqs", "3"))).context["flags"]
    assert isinstance(flags, tuple)
    assert flags[flags.index("--max-num-seqs") + 1] == "3"
    assert "--max-num-queued-reqs" in flags


def test_other_files_in_the_models_folder_are_other_numbers(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_text("some")
    before = source(asked(tmp_path, model=str(model)))
    assert source(asked(tmp_path, model=str(model))).context == before.context
    (model / "model.safetensors").write_text("others")
    assert source(asked(tmp_path, model=str(model))).context != before.context
    assert before.on["model"] == "model"


async def test_an_engine_that_was_started_anew_is_measured_anew(
    engine: FakeEngine, tmp_path: Path
) -> None:
    contexts = []
    for started_at in (1000.5, 1000.5, 2000.5):
        engine.more_metrics = f"process_start_time_seconds {started_at}\n"
        contexts.append((await at_url(tmp_path, engine.url)).context)
    assert contexts[0] == contexts[1] != contexts[2]


async def test_the_report_of_a_url_names_the_model(engine: FakeEngine, tmp_path: Path) -> None:
    assert (await at_url(tmp_path, engine.url)).on["model"] == "fake-model"


async def test_each_process_has_its_own_prompts_for_a_running_engine(
    engine: FakeEngine, tmp_path: Path
) -> None:
    seeds = [running(await at_url(tmp_path, engine.url)).target.first_seed for _ in range(2)]
    assert seeds[0] != seeds[1]


@pytest.mark.parametrize(
    ("metrics", "has_gpu"),
    [
        pytest.param(CARD_BLOCKS, True, id="card"),
        pytest.param(CPU_BLOCKS, False, id="processor"),
        pytest.param("", False, id="unknown"),
    ],
)
async def test_an_engine_on_another_machine_says_what_it_runs_on(
    engine: FakeEngine, tmp_path: Path, metrics: str, has_gpu: bool
) -> None:
    engine.more_metrics = metrics
    assert (await at_url(tmp_path, elsewhere(engine))).machine.has_gpu == has_gpu
    assert not (await at_url(tmp_path, engine.url)).machine.has_gpu


async def test_only_an_engine_on_this_machine_uses_its_cards(
    engine: FakeEngine, tmp_path: Path
) -> None:
    here, there = await at_url(tmp_path, engine.url), await at_url(tmp_path, elsewhere(engine))
    assert running(here).target.card_use.look is busiest_card
    assert running(there).target.card_use.look is no_card


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8001/v1", True),
        ("http://localhost:8001", True),
        ("http://[::1]:8001", True),
        ("http://my-gpu-host:8000/v1", False),
        ("http://10.0.0.7:8000", False),
    ],
)
def test_which_urls_lead_to_this_machine(url: str, is_here: bool) -> None:
    assert is_loopback(url) == is_here


@pytest.mark.parametrize(("model", "is_told"), [("", True), ("some/tokenizer", False)])
async def test_a_tokenizer_that_is_not_here_can_be_named(
    engine: FakeEngine, tmp_path: Path, model: str, is_told: bool
) -> None:
    lay_out_bench(tmp_path)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    engine.models = ["broken"]
    bench = ServeBench(str(python), tmp_path / "bench.log", os.environ)
    what = asked(tmp_path, url=engine.url, model=model)
    found = await asyncio.to_thread(source_of, what, PROCESSOR, bench)

    def start() -> None:
        with found.engines.started(OWN, ()):
            pass

    with bench, pytest.raises(RunFailedError) as failed:
        await asyncio.to_thread(start)
    assert ("name it with --model" in str(failed.value)) == is_told
