from __future__ import annotations

from pathlib import Path

import pytest

from backend.launcher.options import OptionError, Options, describe, rules, variable_name


def test_nothing_set_gives_the_defaults_of_the_contract() -> None:
    options = Options.read({})
    assert (options.engine_host, options.engine_port) == ("127.0.0.1", 8001)
    assert (options.status_host, options.status_port) == ("127.0.0.1", 8002)
    assert (options.engine_profile, options.engine_flags) == ("auto", ())
    assert (options.engine_model, options.engine_api_key) == (None, None)


def test_variables_are_parsed() -> None:
    options = Options.read(
        {
            "WARMLINE_ENGINE_MODEL": "/models/smollm2",
            "WARMLINE_ENGINE_PORT": " 9001 ",
            "WARMLINE_ENGINE_FLAGS": "--max-model-len 4096 --chat-template 'a b.jinja'",
            "WARMLINE_CACHE_DIR": "/var/cache/warmline",
        }
    )
    assert options.engine_model == "/models/smollm2"
    assert options.engine_port == 9001
    assert options.engine_flags == ("--max-model-len", "4096", "--chat-template", "a b.jinja")
    assert options.cache_dir == Path("/var/cache/warmline")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert Options.read({"WARMLINE_ENGINE_PORT": "  "}).engine_port == 8001


def test_variables_of_the_chat_are_none_of_its_business() -> None:
    assert Options.read({"WARMLINE_PORT": "many", "WARMLINE_X": "1"}) == Options()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("WARMLINE_ENGINE_PORT", "many", "a port number from 1 to 65535"),
        ("WARMLINE_STATUS_PORT", "70000", "a port number from 1 to 65535"),
        ("WARMLINE_ENGINE_FLAGS", "--x 'open", "vLLM's flags, quoted as in a shell"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable_and_what_is_allowed(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(OptionError) as caught:
        Options.read({name: value})
    assert str(caught.value) == f"{name} is {value!r}; it takes {allowed}."


def test_the_key_is_not_shown_by_repr() -> None:
    options = Options.read({"WARMLINE_ENGINE_API_KEY": "very-secret"})
    assert options.engine_api_key == "very-secret"
    assert "very-secret" not in repr(options)


def test_every_option_is_described() -> None:
    text = describe()
    for name, rule in rules().items():
        assert variable_name(name) in text
        assert rule.meaning in text
