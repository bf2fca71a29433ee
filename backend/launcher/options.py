"""What the launcher reads of the environment: one field of `Options` for each variable.

The name of a field, in capitals and after `WARMLINE_`, is the name of its variable; its type
carries what the documentation says of it. `config/settings.py` knows the same names for the chat,
and a test compares both.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

PREFIX = "WARMLINE_"
SHORTCUTS = "startup-plan,fork,bytecode,preload"


class OptionError(Exception):
    """A variable does not parse, or is missing; `str()` is one line for the person at the terminal.

    The line never holds the value of a secret.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a variable is read; `parse` raises ValueError for what is not `allowed`."""

    meaning: str
    parse: Callable[[str], Any] = str
    allowed: str = "any text"
    secret: bool = False


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port


def _words(text: str) -> tuple[str, ...]:
    return tuple(shlex.split(text))


def _shortcuts(text: str) -> str:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names != ["none"] and set(names) - set(SHORTCUTS.split(",")):
        raise ValueError(text)
    return ",".join(names)


_PORT = "a port number from 1 to 65535"
_FOLDER = "a folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The launcher's options. A variable that is unset or empty has its default."""

    engine_model: Annotated[
        str | None,
        Rule(meaning="What the engine loads: a hub id or a folder; unset: the profile's model."),
    ] = None
    engine_profile: Annotated[
        str,
        Rule(meaning="A file of config/profiles/ without its ending; auto: by the hardware."),
    ] = "auto"
    engine_flags: Annotated[
        tuple[str, ...],
        Rule(
            meaning="Appended to vLLM's command; the last of two equal flags wins.",
            parse=_words,
            allowed="vLLM's flags, quoted as in a shell",
        ),
    ] = ()
    engine_api_key: Annotated[
        str | None, Rule(meaning="The key that the engine asks its clients for.", secret=True)
    ] = field(default=None, repr=False)
    engine_api_key_file: Annotated[
        Path | None,
        Rule(
            meaning="A file that holds this key; read where the key itself is unset.",
            parse=Path,
            allowed="a file",
        ),
    ] = None
    engine_host: Annotated[str, Rule(meaning="Where the engine listens.")] = "127.0.0.1"
    engine_port: Annotated[int, Rule(meaning="The engine's port.", parse=_port, allowed=_PORT)] = (
        8001
    )
    served_model_name: Annotated[
        str | None,
        Rule(meaning="The model's name for clients; unset: the hub id, or the folder's name."),
    ] = None
    status_host: Annotated[str, Rule(meaning="Where /status listens.")] = "127.0.0.1"
    status_port: Annotated[
        int, Rule(meaning="The port of /status.", parse=_port, allowed=_PORT)
    ] = 8002
    cache_dir: Annotated[
        Path,
        Rule(
            meaning="What is kept from boot to boot: learnt boot times, the working directory.",
            parse=Path,
            allowed=_FOLDER,
        ),
    ] = Path("~/.cache/warmline")
    engine_shortcuts: Annotated[
        str,
        Rule(
            meaning="What makes starts shorter (docs/measurements/boot.md); none switches all off.",
            parse=_shortcuts,
            allowed=f"{SHORTCUTS}, a part of that list, or none",
        ),
    ] = SHORTCUTS
    engine_bytecode_dir: Annotated[
        Path | None,
        Rule(
            meaning="Where the engine keeps its packages' bytecode; unset: beside the packages.",
            parse=Path,
            allowed=_FOLDER,
        ),
    ] = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Options:
        """Read the options from an environment.

        Raises:
            OptionError: A value does not parse, or the key's file cannot be read.
        """
        values: dict[str, Any] = {}
        for name, rule in rules().items():
            variable = variable_name(name)
            text = environment.get(variable, "").strip()
            if text:
                values[name] = _parse(variable, text, rule)
        key_file = values.get("engine_api_key_file")
        if key_file and "engine_api_key" not in values:
            values["engine_api_key"] = _secret_in(key_file)
        return cls(**values)


def variable_name(field_name: str) -> str:
    """The environment variable of a field of `Options`."""
    return PREFIX + field_name.upper()


def rules() -> dict[str, Rule]:
    """The rule of each field of `Options`."""
    hints = get_type_hints(Options, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def describe() -> str:
    """All options as text: name, default, meaning."""
    defaults = {option.name: option.default for option in fields(Options)}
    lines = []
    for name, rule in rules().items():
        lines += [f"{variable_name(name)} ({defaults[name] or 'unset'})", f"    {rule.meaning}"]
    return "\n".join(lines)


def _parse(variable: str, text: str, rule: Rule) -> Any:
    try:
        return rule.parse(text)
    except ValueError:
        shown = "not valid" if rule.secret else repr(text)
        raise OptionError(f"{variable} is {shown}; it takes {rule.allowed}.") from None


def _secret_in(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        variable = variable_name("engine_api_key_file")
        raise OptionError(f"{variable} is {str(file)!r}, which cannot be read: {reason}.") from None
