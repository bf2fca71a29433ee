from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.errors import SettingsError
from config.settings import Settings, load_settings, settings_or_exit


def settings(**environ: str) -> Settings:
    return load_settings(environ, env_file=None)


def message(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, env_file=None)
    return str(caught.value)


def test_without_any_variable_the_contract_s_defaults_hold() -> None:
    defaults = settings()

    assert (defaults.host, defaults.port) == ("127.0.0.1", 8000)
    assert defaults.engine_url == "http://127.0.0.1:8001/v1"
    assert defaults.engine_api_key is None
    assert defaults.status_url is None
    assert defaults.model is None
    assert defaults.public_url is None
    assert defaults.allow_open is False
    assert defaults.auth == "none"
    assert defaults.first_token_timeout_seconds == 120
    assert defaults.retry_deadline_seconds == 300
    assert defaults.data_dir == Path("data")
    assert defaults.database_url is None


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        settings().port = 1


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("http://engine:8001", "http://engine:8001/v1"),
        ("http://engine:8001/", "http://engine:8001/v1"),
        ("http://engine:8001/v1", "http://engine:8001/v1"),
        (" http://engine:8001/v1/// ", "http://engine:8001/v1"),
        ("https://Engine.example.org/proxy", "https://engine.example.org/proxy/v1"),
        ("http://[::1]:8001", "http://[::1]:8001/v1"),
        ("http://engine/v1/chat/completions", "http://engine/v1"),
    ],
)
def test_the_engine_s_url_is_understood_however_it_is_written(given: str, normal: str) -> None:
    assert settings(WARMLINE_ENGINE_URL=given).engine_url == normal


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("engine:8001", "does not start with http:// or https://"),
        ("ftp://engine", "does not start with http:// or https://"),
        ("http://", "names no host"),
        ("http://engine:80o1", "its host or its port cannot be read"),
        ("http://en gine", "there is white space in it"),
        ("http://engine/v1?key=1", "it has a part after ? or #"),
    ],
)
def test_an_engine_url_that_is_none_is_named_with_what_is_wrong(given: str, problem: str) -> None:
    text = message(WARMLINE_ENGINE_URL=given)

    assert f'WARMLINE_ENGINE_URL (in the environment) is "{given}"' in text
    assert problem in text
    assert "Allowed: an http:// or https:// URL, such as http://127.0.0.1:8001/v1" in text


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    text = message(WARMLINE_ENGINE_URL="http://me:sesame@engine:8001")

    assert "holds a user name or a password" in text
    assert "sesame" not in text


def test_the_key_is_a_secret_in_every_text() -> None:
    key = settings(WARMLINE_ENGINE_API_KEY="sk-sesame\n").engine_api_key

    assert key is not None
    assert key.get_secret_value() == "sk-sesame"
    assert "sesame" not in repr(settings(WARMLINE_ENGINE_API_KEY="sk-sesame"))
    assert "sesame" not in message(WARMLINE_ENGINE_API_KEY="open sesame")


def test_a_prompt_and_flags_stay_out_of_the_settings_text() -> None:
    given = settings(WARMLINE_SYSTEM_PROMPT="Be a pirate.", WARMLINE_ENGINE_FLAGS="--api-key x9")

    assert "pirate" not in repr(given)
    assert "x9" not in repr(given)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("WARMLINE_PORT", "eighty", "a whole number, at least 1, at most 65535"),
        ("WARMLINE_PORT", "0", "a whole number, at least 1, at most 65535"),
        ("WARMLINE_AUTH", "ldap", "one of none, password, oauth"),
        ("WARMLINE_ALLOW_OPEN", "perhaps", "true or false"),
        ("WARMLINE_TOP_P", "0", "a number, above 0, at most 1"),
        ("WARMLINE_TEMPERATURE", "nan", "a number, at least 0, at most 2"),
        ("WARMLINE_RETRY_DEADLINE_SECONDS", "inf", "a number, above 0, at most 86400"),
        ("WARMLINE_MAX_TOKENS", "-1", "a whole number, at least 1"),
        ("WARMLINE_HOST", "http://x", "a host name or an IP address"),
        ("WARMLINE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
    ],
)
def test_a_value_that_does_not_parse_is_shown_beside_what_is_allowed(
    name: str, value: str, allowed: str
) -> None:
    text = message(**{name: value})

    assert text.startswith(f'{name} (in the environment) is "{value}"')
    assert text.endswith(f"Allowed: {allowed}.")


def test_a_very_long_value_is_shown_in_part() -> None:
    assert len(message(WARMLINE_PORT="9" * 100_000)) < 300


def test_every_mistake_has_a_line_and_the_error_holds_the_names() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"WARMLINE_PORT": "x", "WARMLINE_COLOUR": "red"}, env_file=None)

    assert len(str(caught.value).splitlines()) == 2
    assert caught.value.values == {"names": ("WARMLINE_COLOUR", "WARMLINE_PORT")}


def test_an_unknown_name_suggests_the_nearest_and_does_not_show_its_value() -> None:
    text = message(WARMLINE_ENGINE_APIKEY="sesame")

    assert "WARMLINE_ENGINE_APIKEY (in the environment) is not a setting." in text
    assert "Did you mean WARMLINE_ENGINE_API_KEY?" in text
    assert "sesame" not in text


def test_an_unknown_name_like_no_other_points_to_the_table() -> None:
    assert "docs/settings.md" in message(WARMLINE_XYZZY="1")


def test_a_name_in_lower_case_is_an_unknown_one() -> None:
    assert "Did you mean WARMLINE_PORT?" in message(warmline_port="8000")


def test_choices_are_understood_in_any_case() -> None:
    assert settings(WARMLINE_LOG_LEVEL="WARNING").log_level == "warning"


def test_an_empty_value_is_an_unset_one() -> None:
    assert settings(WARMLINE_PORT="", WARMLINE_MODEL="  ").model is None


def test_names_without_the_prefix_are_none_of_our_business() -> None:
    assert load_settings({"HF_TOKEN": "x", "PATH": "y"}, env_file=None) == settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "chat.example.org"])
def test_listening_beyond_this_machine_without_logins_names_both_ways_out(host: str) -> None:
    text = message(WARMLINE_HOST=host)

    assert "WARMLINE_HOST=127.0.0.1" in text
    assert "WARMLINE_ALLOW_OPEN=true" in text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_this_machine_s_own_names_need_no_permission(host: str) -> None:
    assert settings(WARMLINE_HOST=host).host == host.strip("[]")


def test_an_open_chat_is_possible_when_somebody_says_so() -> None:
    assert settings(WARMLINE_HOST="0.0.0.0", WARMLINE_ALLOW_OPEN="true").host == "0.0.0.0"


@pytest.mark.parametrize("auth", ["password", "oauth"])
def test_logins_are_known_but_not_part_of_this_version(auth: str) -> None:
    assert "not part of this version" in message(WARMLINE_AUTH=auth)


@pytest.mark.parametrize(
    ("given", "url", "path"),
    [
        ("https://chat.example.org/", "https://chat.example.org", ""),
        ("https://Chat.example.org/warm/line/", "https://chat.example.org/warm/line", "/warm/line"),
    ],
)
def test_the_public_url_may_have_a_sub_path(given: str, url: str, path: str) -> None:
    given_settings = settings(WARMLINE_PUBLIC_URL=given)

    assert (given_settings.public_url, given_settings.public_path) == (url, path)


def test_without_a_public_url_there_is_no_sub_path() -> None:
    assert settings().public_path == ""


class TestEnvFile:
    def test_it_is_read_and_names_without_the_prefix_are_left_alone(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text("HF_TOKEN=hf_x\nWARMLINE_PORT=8123\n# a comment\nWARMLINE_MODEL=\n")

        assert load_settings({}, env_file).port == 8123

    def test_the_environment_wins_unless_it_is_empty(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text("WARMLINE_PORT=8123\nWARMLINE_MODEL=a\n")
        given = load_settings({"WARMLINE_PORT": "8124", "WARMLINE_MODEL": ""}, env_file)

        assert (given.port, given.model) == (8124, "a")

    def test_a_mistake_in_it_is_said_to_be_there(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text("WARMLINE_PROT=8123\n")

        with pytest.raises(SettingsError, match=r"WARMLINE_PROT \(in .*\.env\) is not a setting"):
            load_settings({}, env_file)

    def test_a_dollar_sign_in_a_value_is_meant_as_it_stands(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text("WARMLINE_SYSTEM_PROMPT='costs ${HOME} and $5'\n")

        assert load_settings({}, env_file).system_prompt == "costs ${HOME} and $5"

    def test_one_that_is_not_there_is_no_mistake(self, tmp_path: Path) -> None:
        assert load_settings({}, tmp_path / ".env") == settings()

    def test_one_that_is_no_text_is_named(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_bytes(b"WARMLINE_MODEL=\xff\xfe\n")

        with pytest.raises(SettingsError, match=r"\.env cannot be read"):
            load_settings({}, env_file)


def test_a_mistake_ends_the_process_with_one_message_and_status_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        settings_or_exit({"WARMLINE_PORT": "eighty"}, env_file=None)

    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "Warmline cannot start with these settings:\n"
        'WARMLINE_PORT (in the environment) is "eighty". '
        "Allowed: a whole number, at least 1, at most 65535.\n"
    )


def test_settings_without_a_mistake_are_simply_returned() -> None:
    assert settings_or_exit({"WARMLINE_PORT": "8123"}, env_file=None).port == 8123
