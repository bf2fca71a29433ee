from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend.launcher.command import Command, build_command, engine_version
from backend.launcher.flags import Flag, FlagError
from backend.launcher.hardware import Hardware
from backend.launcher.options import OptionError, Options
from backend.launcher.plan import make_plan
from backend.launcher.profile import Profile
from backend.sizing.gpu import Gpu
from backend.sizing.units import GIB

CPU = Hardware(kind="cpu", name="Test CPU", count=2)
GPU = replace(CPU, kind="gpu")
HUB_ID = "Qwen/Qwen3-4B-Instruct-2507"


def build(
    *profile: Flag,
    hardware: Hardware = CPU,
    inherited: dict[str, str] | None = None,
    **options: object,
) -> Command:
    wanted = Options(**({"engine_model": HUB_ID} | options))  # type: ignore[arg-type]
    return build_command(wanted, Profile("test", profile), hardware, inherited or {})


def test_the_command_is_vllms_server_with_this_python() -> None:
    assert build(engine_port=9001).argv[:11] == (
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", HUB_ID, "--served-model-name", HUB_ID),
        *("--host", "127.0.0.1", "--port", "9001"),
    )


def test_the_options_flags_win_over_the_profiles() -> None:
    profile = (Flag("--max-num-seqs", ("16",), "why"), Flag("--enforce-eager", (), "why"))
    command = build(*profile, engine_flags=("--no-enforce-eager", "--max-num-seqs=4"))
    assert command.argv[-3:] == ("--max-num-seqs", "4", "--no-enforce-eager")
    assert command.max_num_seqs == 4


def test_the_options_model_wins_over_the_profiles() -> None:
    profile = Flag("--model", ("acme/other",), "its own")
    assert build(profile).model == HUB_ID
    assert build(profile, engine_model=None).model == "acme/other"
    assert build(profile, engine_model=None).argv[3:5] == ("--model", "acme/other")


def test_no_model_at_all_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(OptionError, match="WARMLINE_ENGINE_MODEL is not set, and the profile test"):
        build(engine_model=None)


def test_flags_that_begin_with_none_are_an_error() -> None:
    with pytest.raises(FlagError):
        build(engine_flags=("4096",))


def test_a_folder_is_served_under_its_own_name_and_asks_no_hub(tmp_path: Path) -> None:
    folder = tmp_path / "SmolLM2"
    folder.mkdir()
    command = build(engine_model=str(folder))
    assert command.argv[3:7] == ("--model", str(folder), "--served-model-name", "SmolLM2")
    assert command.environment["HF_HUB_OFFLINE"] == "1"


def test_the_hub_is_asked_for_a_model_until_it_is_here(tmp_path: Path) -> None:
    cache = {"HF_HOME": str(tmp_path)}
    assert "HF_HUB_OFFLINE" not in build(inherited=cache).environment

    snapshot = tmp_path / "hub" / f"models--{HUB_ID.replace('/', '--')}" / "snapshots" / "main"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").touch()
    (snapshot / "model.safetensors").touch()
    assert build(inherited=cache).environment["HF_HUB_OFFLINE"] == "1"
    asks = build(inherited=cache | {"HF_HUB_OFFLINE": "0"})
    assert asks.environment["HF_HUB_OFFLINE"] == "0"
    other = build(inherited=cache, engine_flags=("--revision", "v2"))
    assert "HF_HUB_OFFLINE" not in other.environment


def test_the_name_for_clients_can_be_chosen() -> None:
    assert "--served-model-name chat" in " ".join(build(served_model_name="chat").argv)


def test_the_key_travels_in_the_environment_and_not_in_the_command() -> None:
    command = build(engine_api_key="very-secret")
    assert command.environment["VLLM_API_KEY"] == "very-secret"
    assert "very-secret" not in " ".join(command.argv)
    assert "very-secret" in command.secrets
    assert "very-secret" not in repr(command)


def test_secrets_of_flags_and_of_the_hub_are_known() -> None:
    command = build(engine_flags=("--api-key", "a", "b"), inherited={"HF_TOKEN": "c"})
    assert {"a", "b", "c"} <= set(command.secrets)


def test_the_engine_does_not_inherit_what_is_the_launchers_own() -> None:
    inherited = {
        "PATH": "/bin",
        "PYTHONPATH": "/srv/warmline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPYCACHEPREFIX": "/elsewhere",
        "WARMLINE_ENGINE_API_KEY": "very-secret",
        "VLLM_CPU_OMP_THREADS_BIND": "0",
    }
    environment = build(inherited=inherited).environment
    kept = {name: environment[name] for name in inherited if name in environment}
    assert kept == {"PATH": "/bin", "VLLM_CPU_OMP_THREADS_BIND": "0"}


def test_what_compose_hands_on_without_a_value_is_not_set() -> None:
    inherited = {"SSL_CERT_FILE": "", "HF_ENDPOINT": "", "CUDA_VISIBLE_DEVICES": ""}
    environment = build(inherited=inherited).environment
    assert not {"SSL_CERT_FILE", "HF_ENDPOINT"} & environment.keys()
    assert environment["CUDA_VISIBLE_DEVICES"] == ""  # no card, and meant so


def test_bytecode_is_kept_where_the_options_say(tmp_path: Path) -> None:
    environment = build(engine_bytecode_dir=tmp_path).environment
    assert environment["PYTHONPYCACHEPREFIX"] == str(tmp_path)


def test_nothing_is_reported_home_unless_somebody_wants_it() -> None:
    environment = build(inherited={"DO_NOT_TRACK": "0"}).environment
    assert (environment["VLLM_NO_USAGE_STATS"], environment["DO_NOT_TRACK"]) == ("1", "0")


def test_the_device_is_named_on_the_cpu_alone() -> None:
    assert build().environment["VLLM_TARGET_DEVICE"] == "cpu"
    assert "VLLM_TARGET_DEVICE" not in build(hardware=GPU).environment


def test_boots_are_not_told_apart_by_where_they_listen() -> None:
    here, there = build(engine_port=1), build(engine_port=2, served_model_name="chat")
    assert here.boot_flags == there.boot_flags
    assert here.boot_flags != build(engine_flags=("--max-model-len", "4096")).boot_flags


def test_boots_are_not_told_apart_by_how_much_of_the_card_was_free() -> None:
    shares = [build(Flag("--gpu-memory-utilization", (share,))) for share in ("0.9", "0.89")]
    assert shares[0].boot_flags == shares[1].boot_flags


def test_the_time_that_vllm_takes_to_end_is_known() -> None:
    assert build(Flag("--shutdown-timeout", ("20",))).shutdown_timeout_seconds == 20.0
    assert build().shutdown_timeout_seconds == 0.0


def test_without_vllm_its_version_is_unknown() -> None:
    assert engine_version() == "unknown"


def test_flags_and_variables_are_the_same_from_boot_to_boot(tmp_path: Path) -> None:
    """They are part of the key of vLLM's compile cache: one that moves costs a minute."""

    def boot(port: int, **inherited: str) -> tuple[object, object]:
        command = build(
            hardware=GPU, inherited=inherited, engine_port=port, engine_bytecode_dir=tmp_path
        )
        mine = {"VLLM_", "PYTHON", "HF_"}
        named = {k: v for k, v in command.environment.items() if k.startswith(tuple(mine))}
        return command.boot_flags, named

    first = boot(8001, OLDPWD="/a", SHLVL="1", PYTHONPATH="/a", WARMLINE_PORT="8000")
    second = boot(8002, OLDPWD="/b", SHLVL="2", PYTHONDONTWRITEBYTECODE="1")
    assert first == second


def test_a_card_with_a_little_less_room_gets_a_smaller_share_and_nothing_else_moves() -> None:
    """The share is no part of the compile cache's key; lengths and batch sizes are."""

    def boot(free_gib: float) -> tuple[set[str], dict[str, str]]:
        card = Gpu(
            name="NVIDIA GeForce RTX 4090",
            total_bytes=24 * GIB,
            free_bytes=round(free_gib * GIB),
            compute_capability=(8, 9),
        )
        hardware = Hardware(kind="gpu", name=card.name, count=1, gpus=(card,))
        plan = make_plan(Options(), hardware, {})
        flags = {" ".join(flag.words) for flag in plan.command.flags}
        named = {k: v for k, v in plan.command.environment.items() if k.startswith("VLLM_")}
        return flags, named

    (flags, variables), (fewer, same) = boot(23.6), boot(21.0)
    assert variables == same
    moved = {word.split()[0] for word in flags ^ fewer}
    assert moved == {"--gpu-memory-utilization"}
