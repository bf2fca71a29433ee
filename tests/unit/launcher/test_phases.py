from __future__ import annotations

import pytest

from backend.launcher.phases import Phase, Sighting, read_line
from tests.unit.launcher.recorded_logs import recorded


def phases_in(lines: list[str]) -> list[Phase]:
    """The phases that a log names, each once, in the order of their first line."""
    named = (read_line(line).phase for line in lines)
    return list(dict.fromkeys(phase for phase in named if phase))


def test_an_eager_boot_on_the_cpu_goes_through_its_phases_in_order() -> None:
    assert phases_in(recorded("boot_eager")) == [
        Phase.LOADING_WEIGHTS,
        Phase.ALLOCATING_KV_CACHE,
        Phase.SERVING,
    ]


def test_a_compiling_boot_on_the_cpu_goes_through_its_phases_in_order() -> None:
    assert phases_in(recorded("boot_compiled")) == [
        Phase.LOADING_WEIGHTS,
        Phase.COMPILING,
        Phase.ALLOCATING_KV_CACHE,
        Phase.SERVING,
    ]


@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("(APIServer pid=7) INFO [model.py:733] Resolved architecture: Qwen3ForCausalLM", None),
        ("Fetching 5 files:  40%|████      | 2/5 [00:03<00:05,  1.7s/it]", Phase.DOWNLOADING),
        ("INFO [gpu_model_runner.py:4] Starting to load model Qwen/Q...", Phase.LOADING_WEIGHTS),
        ("INFO Time spent downloading weights for Qwen/Q: 31.2 seconds", Phase.LOADING_WEIGHTS),
        ("INFO [default_loader.py:5] Loading weights took 2.02 seconds", Phase.LOADING_WEIGHTS),
        ("INFO [backends.py:11] Dynamo bytecode transform time: 4.3 s", Phase.COMPILING),
        ("INFO Compiling a graph for compile range (1, 8192) takes 9.5 s", Phase.COMPILING),
        ("INFO Directly load the compiled graph(s) for compile range (1, 8)", Phase.COMPILING),
        ("INFO [monitor.py:34] torch.compile took 21.6 s in total", Phase.COMPILING),
        ("INFO Available KV cache memory: 62.09 GiB", Phase.ALLOCATING_KV_CACHE),
        ("INFO GPU KV cache size: 462,752 tokens", Phase.ALLOCATING_KV_CACHE),
        ("Capturing CUDA graphs (FULL):  20%|██        | 7/35 [00:01]", Phase.CAPTURING_GRAPHS),
        ("INFO Graph capturing finished in 4 secs, took 0.6 GiB", Phase.CAPTURING_GRAPHS),
        ("INFO Starting vLLM server on http://0.0.0.0:8000", Phase.SERVING),
        ("INFO:     Application startup complete.", Phase.SERVING),
        ("WARNING Enforce eager set, disabling torch.compile, CUDAGraphs", None),
        ("WARNING Inductor compilation was disabled by user settings", None),
    ],
)
def test_a_line_names_the_phase_that_it_belongs_to(line: str, phase: Phase | None) -> None:
    assert read_line(line).phase is phase


@pytest.mark.parametrize("line", ["", "�\t�", "{", "100%", "50% of nothing", "x" * 9000])
def test_an_unknown_line_says_nothing(line: str) -> None:
    assert read_line(line) == Sighting()


@pytest.mark.parametrize(
    ("line", "fraction"),
    [
        ("Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:01]", 0.5),
        ("Capturing CUDA graphs (PIECEWISE): 100%|██████████| 35/35 [00:05]", 1.0),
        ("Capturing CUDA graphs (PIECEWISE): 999%|██████████| 35/35 [00:05]", 1.0),
        ("Starting to load model /models/smollm2...", None),
    ],
)
def test_a_bar_says_how_much_of_its_phase_is_done(line: str, fraction: float | None) -> None:
    assert read_line(line).fraction == fraction


def test_a_model_of_a_hub_is_downloading_until_its_first_weights_are_seen() -> None:
    silent = "Starting to load model Qwen/Qwen3-4B-Instruct-2507..."
    assert read_line(silent, from_hub=True).phase is Phase.DOWNLOADING
    shards = "Loading safetensors checkpoint shards:   0% Completed | 0/3"
    assert read_line(shards, from_hub=True).phase is Phase.LOADING_WEIGHTS


def test_the_context_and_the_size_of_the_cache_are_read_on_the_way() -> None:
    size = "CPU KV cache size: 5,760 tokens, Maximum concurrency for 5,632 tokens per request: 1.0x"
    assert read_line("INFO Using max model len 8192").max_model_len == 8192
    assert read_line(size).max_model_len == 5632
    assert read_line(size).num_kv_cache_tokens == 5760


@pytest.mark.parametrize("name", ["no_compiler", "context_longer_than_cache"])
def test_a_start_is_doomed_once_its_engine_core_has_failed(name: str) -> None:
    assert any(read_line(line).doomed for line in recorded(name))


@pytest.mark.parametrize("name", ["boot_eager", "boot_compiled", "worker_killed"])
def test_a_start_that_succeeds_is_never_doomed(name: str) -> None:
    assert not any(read_line(line).doomed for line in recorded(name))
