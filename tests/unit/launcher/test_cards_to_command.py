"""From what `nvidia-smi` prints to the engine's command, whatever the machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backend.launcher.flags import value_of
from backend.launcher.gpus import find_cards
from backend.launcher.hardware import detect
from backend.launcher.options import Options
from backend.launcher.plan import Plan, make_plan
from backend.sizing.errors import UnsupportedCardError
from tests.unit.launcher.test_gpus import ScriptedDriver

NO_PERMISSION = ", ".join(["[Insufficient Permissions]"] * 3)
MIG = f"NVIDIA A100-SXM4-80GB, {NO_PERMISSION}, 8.0, GPU-a100"
GB10 = "NVIDIA GB10, [N/A], [N/A], [N/A], 12.1, GPU-gb10"
FREE_4090 = "NVIDIA GeForce RTX 4090, 24564, 480, 23600, 8.9, GPU-free"
FULL_4090 = "NVIDIA GeForce RTX 4090, 24564, 480, 1843, 8.9, GPU-full"
BUSY_3090 = "NVIDIA GeForce RTX 3090, 24576, 450, 6656, 8.6, GPU-busy"
FREE_3060 = "NVIDIA GeForce RTX 3060, 12288, 370, 11800, 8.6, GPU-3060"
GT_1030 = "NVIDIA GeForce GT 1030, 2048, 80, 1700, 6.1, GPU-gt"
H200 = "NVIDIA H200, 143771, 600, 143100, 9.0, GPU-h200"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "meminfo").write_text("MemTotal: 125470720 kB\nMemAvailable: 104857600 kB\n")
    return tmp_path


def planned(
    *cards: str, visible: str | None = None, proc: Path = Path("/proc"), **options: object
) -> Plan:
    found = find_cards(ScriptedDriver("\n".join(cards)), visible, proc)
    wanted = replace(Options(), **options)  # type: ignore[arg-type]
    inherited = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    return make_plan(wanted, detect(found, proc), inherited)


def share(plan: Plan) -> float:
    return float(value_of(plan.command.flags, "--gpu-memory-utilization") or "nan")


def devices(plan: Plan) -> str | None:
    return plan.command.environment.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.parametrize("visible", [None, "MIG-1c7b4c1e-5d5e", "MIG-GPU-a100/1/0"])
def test_a_slice_whose_memory_is_not_told_has_its_cards_profile_unfitted(
    visible: str | None,
) -> None:
    plan = planned(MIG, visible=visible)
    assert (plan.profile, plan.hardware.count) == ("a100-80gb", 1)
    assert plan.hardware.memory_bytes is None
    assert "memory unknown" in plan.profile_reason
    assert "its memory is unknown" in plan.hardware.notices[0]
    assert share(plan) == 0.92
    assert devices(plan) == visible


def test_a_slice_does_not_have_its_whole_cards_memory() -> None:
    told = "NVIDIA A100-SXM4-80GB, 81920, 500, 81000, 8.0, GPU-a100"
    (gpu,) = planned(told, told.replace("a100", "b"), visible="MIG-1c7b").hardware.gpus
    assert gpu.total_bytes is None


def test_a_card_of_which_nothing_is_known_has_the_smallest_profile() -> None:
    plan = planned(MIG.replace("A100-SXM4-80GB", "Something"))
    assert plan.profile == "consumer-12-16gb"
    assert "not in the card table" in plan.profile_reason


def test_a_card_that_shares_the_systems_memory_has_that(proc: Path) -> None:
    plan = planned(GB10, proc=proc)
    assert plan.profile == "h100-80gb"
    assert plan.hardware.memory_bytes == 125470720 * 1024
    assert share(plan) == 0.76  # 92 of 119.7 GiB: the system keeps some
    assert plan.hardware.notices == ()


@pytest.mark.parametrize(
    "text",
    [
        "No devices were found",
        "Failed to initialize NVML: Driver/library version mismatch",
        "a, b",
        "\x00, , , , , ",
        "NVIDIA X, nan, inf, 1e999, 8.x, GPU-x",
        "NVIDIA X, 0, 0, 0, 8.6, GPU-x",
        "NVIDIA X, 10, 20, 5, 8.6, GPU-x",
    ],
)
def test_whatever_nvidia_smi_prints_the_machine_is_described(text: str) -> None:
    hardware = detect(find_cards(ScriptedDriver(text, "GPU-x, [N/A], 5\nGPU-x, -, -")))
    assert all(gpu.total_bytes is None for gpu in hardware.gpus)


def test_of_two_cards_one_that_is_full_is_left_out_and_hidden_from_the_engine() -> None:
    plan = planned(FULL_4090, FREE_4090)
    assert value_of(plan.command.flags, "--data-parallel-size") is None
    assert share(plan) == 0.9
    assert devices(plan) == "GPU-free"
    assert plan.hardware.count == 1
    (notice,) = plan.hardware.notices
    assert "RTX 4090 is left out: only 1.8 GiB of 23.5 GiB are free on it" in notice


def test_the_share_is_of_the_card_that_is_used() -> None:
    plan = planned(BUSY_3090, FREE_3060)
    assert (plan.hardware.name, devices(plan)) == ("NVIDIA GeForce RTX 3060", "GPU-3060")
    assert (plan.profile, share(plan)) == ("consumer-12-16gb", 0.9)


def test_the_profile_is_for_the_cards_that_are_left() -> None:
    full_3060 = FREE_3060.replace("11800", "900")
    assert planned(full_3060, FREE_4090).profile == "ada-24gb"


def test_a_card_for_the_screen_that_vllm_does_not_run_on_is_left_out() -> None:
    plan = planned(GT_1030, FREE_4090)
    assert (plan.profile, devices(plan)) == ("ada-24gb", "GPU-free")
    assert plan.hardware.notices == (
        "NVIDIA GeForce GT 1030 is left out: vLLM needs compute capability 7.5 or newer.",
    )


def test_a_machine_with_no_other_card_is_refused_by_its_name() -> None:
    with pytest.raises(UnsupportedCardError, match="GT 1030"):
        planned(GT_1030)


def test_cards_that_all_have_room_are_all_used_and_all_named() -> None:
    plan = planned(FREE_4090, FREE_3060)
    assert value_of(plan.command.flags, "--data-parallel-size") == "2"
    assert plan.hardware.name == "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 3060"
    assert plan.boot_key != planned(FREE_4090, FREE_4090.replace("free", "two")).boot_key
    assert devices(plan) is None


def test_numbers_of_cards_are_nvidia_smis_unless_somebody_says_otherwise() -> None:
    plan = planned(FREE_3060, FREE_4090, visible="1")
    assert (plan.hardware.name, devices(plan)) == ("NVIDIA GeForce RTX 4090", "1")
    assert plan.command.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_cuda_hides_what_follows_a_number_that_is_none() -> None:
    assert planned(FREE_3060, FREE_4090, visible="1,7,0").hardware.count == 1


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        (("-tp", "2"), ["--tensor-parallel-size 2"]),
        (("-dp=2",), ["--data-parallel-size 2"]),
        (("-pp", "2"), ["--pipeline-parallel-size 2"]),
        (("--device-ids", "1"), ["--device-ids 1"]),
    ],
)
def test_how_the_person_shares_the_work_is_left_alone(
    words: tuple[str, ...], sizes: list[str]
) -> None:
    plan = planned(FULL_4090, FREE_4090, engine_flags=words)
    said = [" ".join(flag.words) for flag in plan.command.flags]
    assert [text for text in said if "parallel-size" in text or "device" in text] == sizes
    assert devices(plan) is None


def test_a_card_beyond_those_that_the_person_asks_for_takes_nothing_from_them() -> None:
    assert share(planned(FREE_4090, FULL_4090, engine_flags=("-tp", "1"))) == 0.9


@pytest.mark.parametrize(
    "words",
    [
        ("--gpu-memory-utilization", "90%"),
        ("--gpu-memory-utilization", "0,9"),
        ("--gpu-memory-utilization", "0"),
        ("--gpu-memory-utilization", "nan"),
        ("--gpu-memory-utilization", "-0.5"),
        ("--max-model-len", "0"),
        ("--max-num-seqs", "0"),
        ("--max-num-batched-tokens", "many"),
    ],
)
def test_a_value_that_cannot_be_is_vllms_to_refuse(words: tuple[str, str]) -> None:
    plan = planned(FULL_4090, FREE_4090, engine_flags=words)
    assert value_of(plan.command.flags, words[0]) == words[1]


def test_the_persons_batch_takes_graphs_and_queue_with_it() -> None:
    flags = planned(H200, engine_flags=("--max-num-seqs", "512")).command.flags
    captured = next(flag.values for flag in flags if flag.name == "--cudagraph-capture-sizes")
    assert captured[-2:] == ("256", "512")
    assert value_of(flags, "--max-num-queued-reqs") == "2048"


def test_graphs_and_a_queue_of_the_persons_stay() -> None:
    line = "--max-num-seqs 4 --cudagraph-capture-sizes 1 3 --max-num-queued-reqs 9"
    flags = planned(FREE_4090, engine_flags=tuple(line.split())).command.flags
    captured = next(flag.values for flag in flags if flag.name == "--cudagraph-capture-sizes")
    assert captured == ("1", "3")
    assert value_of(flags, "--max-num-queued-reqs") == "9"


def test_the_queue_holds_what_all_engines_run() -> None:
    flags = planned(FREE_4090, FREE_4090.replace("free", "two")).command.flags
    assert value_of(flags, "--max-num-seqs") == "64"
    assert value_of(flags, "--max-num-queued-reqs") == "512"


def test_fewer_graphs_are_not_put_in_place_of_the_persons() -> None:
    words = ("--cudagraph-capture-sizes", "1", "2", "100")
    busy = H200.replace("143100", "16000")
    flags = planned(busy, engine_flags=words).command.flags
    assert int(value_of(flags, "--max-num-seqs") or 0) < 256
    captured = next(flag.values for flag in flags if flag.name == "--cudagraph-capture-sizes")
    assert captured == ("1", "2", "100")
