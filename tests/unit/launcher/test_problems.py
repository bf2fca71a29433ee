from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backend.launcher.causes import CAUSES
from backend.launcher.gpus import Holder
from backend.launcher.hardware import Hardware
from backend.launcher.problems import (
    Problem,
    blamed,
    crash_loop,
    flags_invalid,
    name_cause,
    name_failure,
    profile_invalid,
)
from backend.launcher.restart import RestartPolicy
from backend.sizing.gpu import Gpu
from tests.unit.launcher.recorded_logs import recorded

RECORDED = {
    "unknown_flag": ("unknown_flag", {"flag": "--max-model-length"}),
    "flag_value_no_number": ("invalid_flag_value", {"flag": "--max-num-seqs"}),
    "flag_value_no_choice": ("invalid_flag_value", {"flag": "--dtype"}),
    "memory_share_impossible": ("invalid_setting", {"setting": "gpu_memory_utilization"}),
    "context_longer_than_model": (
        "context_too_long",
        {"max_model_len": 1000000, "fitting_max_model_len": 8192},
    ),
    "context_longer_than_cache": (
        "context_too_long",
        {"max_model_len": 200000, "fitting_max_model_len": 46464},
    ),
    "cache_larger_than_memory": ("out_of_memory", {"free_gib": 6.57, "wanted_gib": 500.0}),
    "memory_taken_cpu": (
        "memory_taken",
        {"free_gib": 15.45, "total_gib": 18.59, "share": 0.99, "wanted_gib": 18.4},
    ),
    "dtype_not_for_quantization": (
        "unsupported_dtype",
        {"dtype": "float32", "quantization": "fp8"},
    ),
    "no_compiler": ("missing_compiler", {}),
    "port_taken": ("port_taken", {}),
    "disk_full": ("disk_full", {}),
    "folder_missing": ("model_folder_missing", {}),
    "folder_without_config": ("model_folder_incomplete", {}),
    "folder_without_weights": ("model_folder_incomplete", {}),
    "weights_cut": ("model_folder_incomplete", {}),
    "unknown_architecture": ("unsupported_model", {}),
    "models_folder_closed": ("models_folder_closed", {}),
    "hub_gated": ("model_gated", {}),
    "hub_gated_forbidden": ("model_gated", {}),
    "hub_not_found_401": ("model_not_found", {}),
    "hub_not_found_404": ("model_not_found", {}),
    "offline_not_downloaded": ("model_not_downloaded", {}),
    "hub_name_unknown": ("no_network", {}),
    "hub_refused": ("no_network", {}),
    "hub_certificate_unknown": ("certificate_unknown", {}),
    "package_does_not_fit": ("engine_broken", {}),
    "worker_killed": ("engine_died", {}),
}

# Of cards that are not here: the sentences of vLLM 0.32.0's source (vllm/v1/worker/utils.py,
# platforms/cuda.py, config/device.py, config/vllm.py, config/parallel.py,
# v1/core/kv_cache_utils.py) and of PyTorch 2.13's.
FREE_MEMORY_ON_DEVICE = (
    "ValueError: Free memory on device cuda:0 (20.32/79.19 GiB) on startup is less than desired "
    "GPU memory utilization (0.92, 72.85 GiB). Decrease GPU memory utilization or reduce GPU "
    "memory used by other processes."
)
FROM_SOURCE = {
    FREE_MEMORY_ON_DEVICE: (
        "memory_taken",
        {"free_gib": 20.32, "total_gib": 79.19, "share": 0.92, "wanted_gib": 72.85},
    ),
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 594.00 MiB. GPU 0 has a total "
    "capacity of 7.78 GiB of which 322.44 MiB is free.": ("out_of_memory", {}),
    "ValueError: No available memory for the cache blocks. Try increasing "
    "`gpu_memory_utilization` when initializing the engine": ("out_of_memory", {}),
    "RuntimeError: No CUDA GPUs are available": ("no_gpu", {}),
    "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA "
    "GPU and installed a driver": ("no_gpu", {}),
    "RuntimeError: Failed to infer device type, please set the environment variable "
    "`VLLM_LOGGING_LEVEL=DEBUG` to turn on verbose logging": ("no_gpu", {}),
    "RuntimeError: The NVIDIA driver on your system is too old (found version 12020).": (
        "driver_too_old",
        {},
    ),
    "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. "
    "Your Tesla T4 GPU has compute capability 7.5. You can use float16 instead": (
        "unsupported_dtype",
        {"needed": 8.0},
    ),
    "ValueError: Model architectures ['MambaXForCausalLM'] are not supported for now. Supported "
    "architectures: dict_keys(['LlamaForCausalLM'])": (
        "unsupported_model",
        {"architecture": "MambaXForCausalLM"},
    ),
    "1 validation error for VllmConfig Value error, The quantization method fp8 is not supported "
    "for the current GPU. Minimum capability: 75. Current capability: 70.": (
        "unsupported_quantization",
        {"quantization": "fp8"},
    ),
    "RuntimeError: Quantization scheme is not supported for the current GPU. Min capability: 89. "
    "Current capability: 86.": ("unsupported_quantization", {}),
    "AcceleratorError: CUDA error: no kernel image is available for execution on the device": (
        "card_unsupported",
        {},
    ),
    "1 validation error for ParallelConfig Value error, World size (4) is larger than the number "
    "of available GPUs (1) in this node. If this is intentional and you are using:": (
        "too_few_gpus",
        {"wanted": 4, "present": 1},
    ),
    "torch.AcceleratorError: CUDA error: invalid device ordinal": ("too_few_gpus", {}),
    "OSError: [Errno 30] Read-only file system: '/models/modelscope'": ("models_folder_closed", {}),
    "ModuleNotFoundError: No module named 'vllm'": ("engine_broken", {"module": "vllm"}),
}


def described(problem: Problem | None) -> tuple[str, dict[str, object]]:
    assert problem is not None
    return problem.kind, dict(problem.values)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_failure_is_named_with_its_values(name: str) -> None:
    assert described(name_cause(recorded(name))) == RECORDED[name]


@pytest.mark.parametrize("line", FROM_SOURCE)
def test_a_failure_of_hardware_that_is_not_here_is_named(line: str) -> None:
    shown = f"(EngineCore pid=9) ERROR 11-25 01:25:03 [core.py:1510] {line}"
    assert described(name_cause([shown])) == FROM_SOURCE[line]


@pytest.mark.parametrize("name", ["boot_eager", "boot_compiled"])
def test_a_start_that_succeeded_names_no_cause(name: str) -> None:
    assert name_cause(recorded(name)) is None


def test_what_fits_is_said_in_plain_words() -> None:
    problem = name_cause(recorded("context_longer_than_cache"))
    assert problem is not None
    assert problem.message == (
        "The context of 200000 tokens does not fit in the KV cache; 46464 tokens do."
    )
    assert problem.advice.startswith("Set --max-model-len to 46464 or less")


def test_a_cause_stands_above_what_follows_from_it() -> None:
    lines = ["Engine core initialization failed.", "OSError: [Errno 28] No space left on device"]
    assert described(name_cause(lines))[0] == "disk_full"
    assert described(name_cause(lines[:1]))[0] == "start_failed"


@pytest.mark.parametrize(
    ("kind", "final"),
    [
        ("unknown_flag", True),
        ("context_too_long", True),
        ("model_gated", True),
        ("models_folder_closed", True),
        ("too_few_gpus", True),
        ("no_network", False),
        ("disk_full", False),
        ("memory_taken", False),
        ("port_taken", False),
    ],
)
def test_what_may_pass_by_itself_is_tried_again(kind: str, final: bool) -> None:
    assert {cause.final for cause in CAUSES if cause.kind == kind} == {final}


def test_no_sentence_shows_a_path_or_an_address() -> None:
    for lines in [*map(recorded, RECORDED), *([line] for line in FROM_SOURCE)]:
        problem = name_cause(lines)
        assert problem is not None
        assert not re.search(r"/\w+/|https?:|\d+\.\d+\.\d+\.\d+", problem.sentences)


def test_an_end_by_a_signal_is_named_after_the_signal() -> None:
    assert described(name_failure([], -9)) == ("engine_killed", {"signal": "SIGKILL"})


def test_an_end_that_nothing_explains_names_the_exit_code() -> None:
    assert described(name_failure(["so long"], 3)) == ("engine_exited", {"exit_code": 3})


def test_the_log_explains_an_end_better_than_the_exit_code_does() -> None:
    assert name_failure(recorded("port_taken"), 1).kind == "port_taken"


def test_a_crash_loop_keeps_what_the_last_crash_said() -> None:
    last = name_failure([], -9)
    problem = crash_loop(last, RestartPolicy())
    assert problem.final
    assert problem.message.startswith("vLLM ended 3 times within 5 minutes.")
    assert last.message in problem.message
    assert problem.advice == last.advice
    assert described(problem) == (
        "crash_loop",
        {"signal": "SIGKILL", "num_crashes": 3, "last_kind": "engine_killed"},
    )


def test_options_that_cannot_be_used_are_problems_too() -> None:
    assert "line 3" in profile_invalid("cpu.yaml, line 3: no").message
    assert "WARMLINE_ENGINE_FLAGS" in flags_invalid().message


def cards(*free_gib: float) -> Hardware:
    """Cards of 80 GiB of which so much was free before vLLM started."""
    gpus = tuple(
        Gpu(
            name="H100", total_bytes=80 << 30, free_bytes=int(free * 2**30), compute_capability=None
        )
        for free in free_gib
    )
    return Hardware(kind="gpu", name="H100", count=len(gpus), gpus=gpus)


NO_MEMORY_FOR_THE_CACHE = name_cause(["ValueError: No available memory for the cache blocks."])


def test_memory_that_others_hold_is_blamed_on_them() -> None:
    assert NO_MEMORY_FOR_THE_CACHE is not None
    assert NO_MEMORY_FOR_THE_CACHE.kind == "out_of_memory"
    problem = blamed(NO_MEMORY_FOR_THE_CACHE, cards(79.0, 5.25))
    assert problem.kind == "memory_taken"
    assert problem.message == "Another process uses the GPU: 5.2 of 80.0 GiB were free."
    assert not problem.final


def test_the_process_that_holds_most_of_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "4711").mkdir()
    (tmp_path / "4711" / "comm").write_text("train.py\n")
    holders = (Holder(pid=12, memory_bytes=1 << 30), Holder(pid=4711, memory_bytes=70 << 30))
    for problem in (NO_MEMORY_FOR_THE_CACHE, name_cause([FREE_MEMORY_ON_DEVICE])):
        assert problem is not None
        named = blamed(problem, replace(cards(5.25), holders=holders), proc=tmp_path)
        assert "free" in named.message
        assert named.message.endswith(" train.py holds 70.0 GiB.")
        assert (named.values["holder"], named.values["holder_gib"]) == ("train.py", 70.0)


@pytest.mark.parametrize(
    "hardware",
    [
        replace(cards(5.25), holders=(Holder(pid=4711, memory_bytes=None),)),
        replace(cards(5.25), holders=(Holder(pid=12, memory_bytes=70 << 30),)),
        replace(cards(5.25, 79.0), holders=(Holder(pid=4711, memory_bytes=70 << 30),)),
    ],
    ids=["as a container sees it", "one that has ended", "on one of several cards"],
)
def test_a_process_that_is_not_known_for_sure_is_not_named(
    hardware: Hardware, tmp_path: Path
) -> None:
    (tmp_path / "4711").mkdir()
    (tmp_path / "4711" / "comm").write_text("train.py\n")
    assert NO_MEMORY_FOR_THE_CACHE is not None
    assert blamed(NO_MEMORY_FOR_THE_CACHE, hardware, proc=tmp_path).message.endswith("were free.")


@pytest.mark.parametrize("hardware", [cards(79.0), Hardware(kind="cpu", name="CPU", count=2)])
def test_memory_that_nobody_holds_is_the_models_own_matter(hardware: Hardware) -> None:
    assert NO_MEMORY_FOR_THE_CACHE is not None
    assert blamed(NO_MEMORY_FOR_THE_CACHE, hardware) is NO_MEMORY_FOR_THE_CACHE
