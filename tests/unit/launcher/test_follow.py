from __future__ import annotations

from backend.launcher.follow import Boot
from backend.launcher.phases import Phase
from tests.unit.launcher.fake_clock import FakeClock
from tests.unit.launcher.recorded_logs import recorded

EARLIER = {Phase.STARTING: 20.0, Phase.LOADING_WEIGHTS: 10.0}
SHARDS = "Loading safetensors checkpoint shards:  {}% Completed | {}/4"
UP = "INFO:     Application startup complete."


def test_a_whole_recorded_boot_ends_in_serving_with_its_facts() -> None:
    boot = Boot()
    for line in recorded("boot_eager"):
        boot.see(line)
    reading = boot.read()
    assert boot.serving
    assert (reading.max_model_len, reading.num_kv_cache_tokens) == (8192, 46592)
    assert list(boot.seconds_by_phase) == [
        Phase.STARTING,
        Phase.LOADING_WEIGHTS,
        Phase.ALLOCATING_KV_CACHE,
    ]


JIT = (
    "WARNING 11-25 05:00:00 [jit_monitor.py:120] Triton kernel JIT compilation during inference: "
    "_topk_topp_kernel. This causes a latency spike; consider extending warmup to cover this shape."
)
WATCHED = (
    "Kernel JIT monitor activated; monitored JIT compilations during inference will be logged."
)


def test_kernels_that_compile_while_it_serves_are_counted() -> None:
    boot = Boot()
    for line in (UP, WATCHED, JIT, "INFO: something else", JIT):
        boot.see(line)
    assert boot.read().num_jit_compilations == 2


def test_a_phase_never_goes_back() -> None:
    boot = Boot()
    boot.see("CPU KV cache size: 46,592 tokens")
    boot.see("Starting to load model x...")
    assert boot.read().phase is Phase.ALLOCATING_KV_CACHE


def test_the_bar_of_the_phase_moves_its_progress() -> None:
    boot = Boot(EARLIER, clock=FakeClock())
    boot.see(SHARDS.format(0, 0))
    assert boot.read().eta_seconds == 10.0
    boot.see(SHARDS.format(50, 2))
    assert boot.read().eta_seconds == 5.0
    boot.see("an unknown line")
    assert boot.read().eta_seconds == 5.0


def test_a_new_phase_begins_with_a_new_bar() -> None:
    boot = Boot(EARLIER | {Phase.CAPTURING_GRAPHS: 8.0}, clock=FakeClock())
    boot.see(SHARDS.format(100, 4))
    boot.see("Capturing CUDA graphs (FULL):   0%|          | 0/35")
    assert boot.read().eta_seconds == 8.0


def test_each_phase_is_described() -> None:
    boot = Boot(from_hub=True)
    assert boot.read().detail == "vLLM is starting."
    boot.see("Starting to load model Qwen/Qwen3-4B...")
    assert boot.read().detail == "The model is being downloaded."


def test_how_long_it_has_served_is_known() -> None:
    clock = FakeClock()
    boot = Boot(clock=clock)
    clock.passes(30.0)
    assert boot.served_seconds == 0.0
    boot.see(UP)
    clock.passes(60.0)
    assert boot.served_seconds == 60.0


def test_an_end_stops_the_clock() -> None:
    clock = FakeClock()
    boot = Boot(clock=clock)
    clock.passes(5.0)
    boot.end()
    clock.passes(5.0)
    assert boot.read().elapsed_seconds == 5.0


def test_the_last_thousand_lines_are_kept_and_those_of_the_start_only_until_it_serves() -> None:
    boot = Boot()
    for number in range(1200):
        boot.see(f"line {number}")
    assert (len(boot.lines), boot.lines[0]) == (1000, "line 200")
    boot.see(UP)
    boot.see("a request")
    assert boot.lines == ["a request"]


def test_a_start_that_cannot_succeed_any_more_is_doomed() -> None:
    boot = Boot()
    boot.see("EngineCore failed to start.")
    boot.see("some traceback")
    assert boot.doomed
