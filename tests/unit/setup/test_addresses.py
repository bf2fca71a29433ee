from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.setup.addresses import (
    Addresses,
    chat_environment,
    choose_addresses,
    launcher_environment,
)
from backend.setup.engines import Engine, engine_of
from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from tests.fakes.product import free_port


def chosen(env: Mapping[str, str]) -> Addresses:
    free = {
        "WARMLINE_ENGINE_PORT": str(free_port()),
        "WARMLINE_STATUS_PORT": str(free_port()),
    }
    said: list[str] = []
    addresses = choose_addresses({**free, **env}, said.append)
    assert said == []
    return addresses


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "http://127.0.0.1:8000/"),
        ({"WARMLINE_PORT": "8010"}, "http://127.0.0.1:8010/"),
        ({"WARMLINE_HOST": "0.0.0.0"}, "http://127.0.0.1:8000/"),
        ({"WARMLINE_HOST": "::1"}, "http://[::1]:8000/"),
        ({"WARMLINE_PUBLIC_URL": "https://chat.example/ai"}, "https://chat.example/ai"),
    ],
)
def test_people_are_told_a_url_that_they_can_open(env: Mapping[str, str], url: str) -> None:
    assert chosen(env).chat_url == url


def test_the_chat_reaches_an_engine_that_listens_everywhere() -> None:
    port = free_port()
    addresses = chosen({"WARMLINE_ENGINE_HOST": "0.0.0.0", "WARMLINE_ENGINE_PORT": str(port)})
    assert addresses.engine_host == "0.0.0.0"
    assert addresses.engine_url == f"http://127.0.0.1:{port}/v1"


def test_a_port_that_does_not_parse_stops_the_demo() -> None:
    with pytest.raises(SetupError, match="WARMLINE_STATUS_PORT is 'eight'"):
        chosen({"WARMLINE_STATUS_PORT": "eight"})


def test_the_chat_gets_the_demos_engine_in_place_of_the_persons() -> None:
    addresses = chosen({})
    env = chat_environment({"WARMLINE_ENGINE_URL": "http://elsewhere/v1", "A": "b"}, addresses)
    assert env["WARMLINE_ENGINE_URL"] == addresses.engine_url
    assert env["A"] == "b"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def on_cpu(layout: Layout) -> Engine:
    return engine_of("cpu", layout)


def test_the_launcher_loads_the_demos_model_on_the_cpu(layout: Layout, on_cpu: Engine) -> None:
    env = launcher_environment({}, chosen({}), layout, on_cpu)
    assert env["WARMLINE_ENGINE_MODEL"] == str(layout.model)
    assert env["WARMLINE_ENGINE_PROFILE"] == "cpu"
    assert env["VLLM_TARGET_DEVICE"] == "cpu"


def test_all_that_the_engine_keeps_lies_under_one_folder(layout: Layout, on_cpu: Engine) -> None:
    env = launcher_environment({}, chosen({}), layout, on_cpu)
    for name in ("WARMLINE_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        assert Path(env[name]).is_relative_to(layout.home)


def test_the_persons_own_model_and_profile_win(layout: Layout, on_cpu: Engine) -> None:
    own = {"WARMLINE_ENGINE_MODEL": "Qwen/Qwen3-0.6B", "WARMLINE_ENGINE_PROFILE": "mine"}
    env = launcher_environment(own, chosen({}), layout, on_cpu)
    assert {name: env[name] for name in own} == own


def test_a_folder_that_the_person_names_is_one_of_the_project(
    layout: Layout, on_cpu: Engine
) -> None:
    (layout.root / "models/mine").mkdir(parents=True)
    own = {"WARMLINE_ENGINE_MODEL": "models/mine", "WARMLINE_CACHE_DIR": "cache"}
    env = launcher_environment(own, chosen({}), layout, on_cpu)
    assert env["WARMLINE_ENGINE_MODEL"] == str(layout.root / "models/mine")
    assert env["WARMLINE_CACHE_DIR"] == str(layout.root / "cache")


def test_a_card_gets_the_profile_and_the_model_that_the_launcher_finds_for_it(
    layout: Layout, tmp_path: Path
) -> None:
    on_gpu = engine_of("gpu", layout, home=tmp_path / "home")
    env = launcher_environment({}, chosen({}), layout, on_gpu)
    assert env["WARMLINE_ENGINE_PROFILE"] == "auto"
    assert env["WARMLINE_ENGINE_MODEL"] == ""
    assert not {"VLLM_TARGET_DEVICE", "HF_HOME"} & env.keys()


def test_a_model_that_the_person_has_downloaded_before_is_not_downloaded_again(
    layout: Layout, tmp_path: Path
) -> None:
    (tmp_path / ".cache/huggingface/hub").mkdir(parents=True)
    on_gpu = engine_of("gpu", layout, home=tmp_path)
    theirs = str(tmp_path / ".cache/huggingface")
    assert launcher_environment({}, chosen({}), layout, on_gpu)["HF_HOME"] == theirs
    own = {"HF_HOME": "/models"}
    assert launcher_environment(own, chosen({}), layout, on_gpu)["HF_HOME"] == "/models"
