"""What the files say: the same stack with and without a GPU, and no start with a wrong setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.env_example import FOR_THE_ENGINE_ALONE
from tests.compose.stack import CPU, GPU, CommandError, ComposeStack, run

pytestmark = pytest.mark.asyncio(loop_scope="session")


def without_what_may_differ(config: dict[str, Any]) -> dict[str, Any]:
    """The stack but for the engine's image, devices and profile (with its model)."""
    engine = config["services"]["engine"]
    del engine["image"], engine["build"]["target"]
    engine.pop("deploy", None)
    for name in ("WARMLINE_ENGINE_PROFILE", "WARMLINE_ENGINE_MODEL"):
        del engine["environment"][name]
    return config


async def test_without_a_gpu_only_image_devices_and_profile_differ(built: ComposeStack) -> None:
    gpu, cpu = await built.config(GPU), await built.config(CPU)

    assert gpu != cpu
    assert without_what_may_differ(gpu) == without_what_may_differ(cpu)


async def test_the_gpu_stack_asks_for_all_gpus_and_the_other_for_none(built: ComposeStack) -> None:
    gpu, cpu = await built.config(GPU), await built.config(CPU)

    [device] = gpu["services"]["engine"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": -1, "capabilities": ["gpu"]}
    assert "deploy" not in cpu["services"]["engine"]


async def test_what_is_said_of_model_hubs_reaches_the_engine_alone(built: ComposeStack) -> None:
    given = {name: f"{name} as given" for name in FOR_THE_ENGINE_ALONE}
    services = (await built.config(GPU, env=given))["services"]

    assert given.items() <= services["engine"]["environment"].items()
    for service in ("prepare", "chat", "database"):
        assert "as given" not in str(services[service])


async def test_a_folder_of_models_may_take_the_volume_s_place(built: ComposeStack) -> None:
    services = (await built.config(env={"WARMLINE_MODELS_DIR": "./mine"}))["services"]

    [models] = [v for v in services["engine"]["volumes"] if v["target"] == "/models"]
    assert (models["type"], models["source"]) == ("bind", str(built.checkout / "mine"))


async def test_the_gpu_image_builds_upon_an_image_with_vllm(built: ComposeStack) -> None:
    """The published image cannot be pulled everywhere; ours without a GPU has what it has."""
    standing_in = (await built.config())["services"]["engine"]["image"]
    name = f"{built.project}-gpu"
    build = ("docker", "build", "-q", "-f", "deploy/engine.Dockerfile", "--target", "gpu")

    await run((*build, "--build-arg", f"VLLM_IMAGE={standing_in}", "-t", name, "."), built.checkout)
    try:
        shown = await run(("docker", "run", "--rm", "--read-only", name, "--help"), built.checkout)
    finally:
        await run(("docker", "image", "rm", name), built.checkout)

    assert "WARMLINE_ENGINE_MODEL" in shown


COUNT_TRUSTED = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"


async def trusted(stack: ComposeStack, env: dict[str, str]) -> int:
    """How many certificates Python trusts where the engine runs."""
    run_python = ("run", "--rm", "--no-deps", "--entrypoint", "python3", "engine", "-c")
    return int(await stack.compose(*run_python, COUNT_TRUSTED, env=env))


async def test_certificates_of_ones_own_are_those_that_downloads_trust(
    built: ComposeStack, tmp_path: Path
) -> None:
    own = tmp_path / "own.pem"
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own")
    await run((*make, "-keyout", str(tmp_path / "key.pem"), "-out", str(own)), tmp_path)
    own.chmod(0o644)

    given = {"SSL_CERT_FILE": str(own)}
    config = await built.config(env=given)
    assert config["secrets"]["certificates"]["file"] == str(own)
    assert "certificates" in str(config["services"]["chat"]["build"]["secrets"])
    assert "certificates" in str(config["services"]["engine"]["build"]["secrets"])
    assert await trusted(built, given) == 1
    # Empty without one; the launcher then leaves the variable out of vLLM's environment.
    assert (await built.config())["services"]["engine"]["environment"]["SSL_CERT_FILE"] == ""


async def test_a_misspelt_setting_stops_the_start_with_one_message(built: ComposeStack) -> None:
    with pytest.raises(CommandError) as caught:
        await built.compose("run", "--rm", "-e", "WARMLINE_PROT=8001", "prepare")

    assert caught.value.output.count("WARMLINE_PROT") == 1
    assert "Did you mean WARMLINE_PORT?" in caught.value.output
    assert "Traceback" not in caught.value.output
