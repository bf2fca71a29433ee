from __future__ import annotations

from pathlib import Path

import pytest

from backend.setup.environment import for_children, port_of, read_environment, text_of
from backend.setup.errors import SetupError


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_dotenv_gives_what_is_ours_and_the_hubs_token(env_file: Path) -> None:
    env_file.write_text(
        "# a comment\n"
        "WARMLINE_PORT=8010\n"
        "export WARMLINE_ENGINE_FLAGS='--max-model-len 4096'  # short\n"
        'WARMLINE_MODEL="my model"\n'
        "HF_TOKEN=hf_1\n"
        "PATH=/nowhere\n"
        "nonsense\n"
    )
    assert read_environment({"PATH": "/bin"}, env_file) == {
        "PATH": "/bin",
        "WARMLINE_PORT": "8010",
        "WARMLINE_ENGINE_FLAGS": "--max-model-len 4096",
        "WARMLINE_MODEL": "my model",
        "HF_TOKEN": "hf_1",
    }


def test_a_comment_behind_a_value_is_none_of_it(env_file: Path) -> None:
    env_file.write_text("WARMLINE_PORT=8010 # mine\nWARMLINE_MODEL=a#b\n")
    read = read_environment({}, env_file)
    assert (read["WARMLINE_PORT"], read["WARMLINE_MODEL"]) == ("8010", "a#b")


def test_the_environment_wins_unless_it_is_empty(env_file: Path) -> None:
    env_file.write_text("WARMLINE_PORT=8010\nWARMLINE_HOST=::1\n")
    read = read_environment({"WARMLINE_PORT": "8020", "WARMLINE_HOST": ""}, env_file)
    assert read == {"WARMLINE_PORT": "8020", "WARMLINE_HOST": "::1"}


def test_without_dotenv_the_environment_is_all(env_file: Path) -> None:
    assert read_environment({"A": "b"}, env_file) == {"A": "b"}


def test_an_empty_setting_has_its_default() -> None:
    assert text_of({"WARMLINE_HOST": " "}, "WARMLINE_HOST", "127.0.0.1") == "127.0.0.1"
    assert port_of({}, "WARMLINE_PORT", 8000) == 8000


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "٨٠"])
def test_what_is_no_port_is_said_with_its_name_and_what_is_allowed(text: str) -> None:
    with pytest.raises(SetupError, match=r"WARMLINE_PORT is .* from 1 to 65535"):
        port_of({"WARMLINE_PORT": text}, "WARMLINE_PORT", 8000)


def test_children_keep_their_bytecode() -> None:
    assert for_children({"PYTHONDONTWRITEBYTECODE": "1", "A": "b"}) == {"A": "b"}
