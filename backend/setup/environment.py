"""The person's environment and `.env`, and what the processes that set-up starts get of them.

The chat parses its settings itself, and says what is wrong with them; here only those are read
that decide how the demo is put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backend.setup.errors import SetupError

PREFIX = "WARMLINE_"
HUB_TOKEN = "HF_TOKEN"

_HIGHEST_PORT = 65535


def read_environment(environ: Mapping[str, str], env_file: Path) -> dict[str, str]:
    """The environment, and of `.env` what is ours or the engine's where the environment lacks it.

    An empty value counts as missing.
    """
    given = {
        name: value
        for name, value in _read_env_file(env_file).items()
        if name.startswith(PREFIX) or name == HUB_TOKEN
    }
    return given | {name: value for name, value in environ.items() if value or name not in given}


def _read_env_file(env_file: Path) -> dict[str, str]:
    """`NAME=value` lines, `export` and quotes allowed, as `python-dotenv` reads them."""
    if not env_file.is_file():
        return {}
    values = {}
    for line in env_file.read_text(encoding="utf-8", errors="replace").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    for quote in ("'", '"'):
        if value.startswith(quote):
            return value[1:].partition(quote)[0]
    return value.partition(" #")[0].rstrip()


def text_of(environment: Mapping[str, str], name: str, default: str) -> str:
    """A variable of ours, stripped; the default where it is unset or empty."""
    return environment.get(name, "").strip() or default


def port_of(environment: Mapping[str, str], name: str, default: int) -> int:
    """A port of ours.

    Raises:
        SetupError: It is none.
    """
    text = text_of(environment, name, str(default))
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _HIGHEST_PORT:
        return int(text)
    raise SetupError(
        "settings", f"{name} is {text!r}; it takes a port number from 1 to {_HIGHEST_PORT}."
    )


def for_children(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for Python processes of ours: they keep their bytecode for the next start."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
