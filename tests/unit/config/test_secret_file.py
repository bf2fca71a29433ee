"""The engine's key, out of a file: for the chat and for the launcher alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.launcher.options import OptionError, Options
from config.settings import load_settings

Read = Callable[[dict[str, str]], str | None]
KEY, FILE = "WARMLINE_ENGINE_API_KEY", "WARMLINE_ENGINE_API_KEY_FILE"


def chat(environ: dict[str, str]) -> str | None:
    key = load_settings(environ, env_file=None).engine_api_key
    return key.get_secret_value() if key else None


def launcher(environ: dict[str, str]) -> str | None:
    return Options.read(environ).engine_api_key


both = pytest.mark.parametrize("read", [chat, launcher])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key"


@both
def test_the_key_is_what_the_file_holds(read: Read, file: Path) -> None:
    file.write_text("sk-sesame\n")

    assert read({FILE: str(file)}) == "sk-sesame"


@both
def test_a_key_that_is_given_itself_wins_and_the_file_is_not_read(read: Read, file: Path) -> None:
    assert read({KEY: "sk-given", FILE: str(file)}) == "sk-given"


@both
@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_stops_the_start_and_is_named(
    read: Read, content: bytes | None, file: Path
) -> None:
    if content is not None:
        file.write_bytes(content)

    with pytest.raises((SettingsError, OptionError), match=r"ENGINE_API_KEY_FILE.*cannot be read"):
        read({FILE: str(file)})


def test_a_key_that_no_header_can_carry_is_not_shown(file: Path) -> None:
    file.write_text("open sesame")

    with pytest.raises(SettingsError) as caught:
        chat({FILE: str(file)})

    assert f"WARMLINE_ENGINE_API_KEY (in {file})" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_the_database_s_password_may_lie_in_a_file_too(file: Path) -> None:
    file.write_text("sesame\n")
    settings = load_settings({"WARMLINE_DATABASE_PASSWORD_FILE": str(file)}, env_file=None)

    assert settings.database_password is not None
    assert settings.database_password.get_secret_value() == "sesame"
    assert "sesame" not in repr(settings)
