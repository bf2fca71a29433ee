"""What the launcher reads of the environment: one field of `Options` for each variable.

The name of a field, in capitals and after `WARMLINE_`, is the name of its variable; the field's
metadata holds what the documentation says of it. `config/settings.py` knows the same names for the
chat, and a test compares both.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "WARMLINE_"


class OptionError(Exception):
    """A variable is missing or does not parse; `str()` is one line for the person at the terminal.

    The line never holds the value of a secret.
    """


def _option(
    meaning: str,
    *,
    default: str | None = None,
    parse: Callable[[str], Any] = str,
    allowed: str = "any text",
    required: bool = False,
    secret: bool = False,
) -> Any:  # noqa: ANN401
    metadata = {
        "meaning": meaning,
        "default": default,
        "parse": parse,
        "allowed": allowed,
        "required": required,
        "secret": secret,
    }
    value = None if default is None else parse(default)
    return field(default_factory=lambda: value, repr=not secret, metadata=metadata)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port


def _folder(text: str) -> Path:
    return Path(text).expanduser()


def _flags(text: str) -> tuple[str, ...]:
    return tuple(shlex.split(text))


_PORT = "a port number from 1 to 65535"
_FOLDER = "a folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The launcher's options, parsed. A variable that is unset or empty has its default."""

    engine_model: str = _option(
        "What the engine loads: a hub id or a folder.",
        allowed="a hub id such as Qwen/Qwen3-4B-Instruct-2507, or a model folder",
        required=True,
    )
    engine_profile: str = _option(
        "A file of `config/profiles/` without its ending, or `auto`: chosen by the hardware.",
        default="auto",
    )
    engine_flags: tuple[str, ...] = _option(
        "Appended to vLLM's command; the last of two equal flags wins.",
        default="",
        parse=_flags,
        allowed="vLLM's flags, quoted as in a shell",
    )
    engine_api_key: str | None = _option(
        "The key that the engine asks its clients for.", secret=True
    )
    engine_host: str = _option("Where the engine listens.", default="127.0.0.1")
    engine_port: int = _option(
        "The engine's port.", default="8001", parse=_port, allowed=_PORT
    )
    served_model_name: str | None = _option(
        "The model's name for clients; unset: the hub id, or the folder's name."
    )
    status_host: str = _option("Where `/status` listens.", default="127.0.0.1")
    status_port: int = _option("The port of `/status`.", default="8002", parse=_port, allowed=_PORT)
    cache_dir: Path = _option(
        "What is kept from boot to boot: learnt boot times, the engine's working directory.",
        default="~/.cache/warmline",
        parse=_folder,
        allowed=_FOLDER,
    )
    engine_bytecode_dir: Path | None = _option(
        "Where the engine keeps its packages' bytecode; unset: beside the packages.",
        parse=_folder,
        allowed=_FOLDER,
    )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Options:
        """Read the options from an environment.

        Raises:
            OptionError: A required variable is unset, or a value does not parse.
        """
        values: dict[str, Any] = {}
        for option in fields(cls):
            name = variable_name(option.name)
            text = environment.get(name, "").strip()
            rule = option.metadata
            if not text:
                if rule["required"]:
                    raise OptionError(f"{name} is not set; it takes {rule['allowed']}.")
                continue
            try:
                values[option.name] = rule["parse"](text)
            except ValueError:
                shown = "not valid" if rule["secret"] else repr(text)
                raise OptionError(f"{name} is {shown}; it takes {rule['allowed']}.") from None
        return cls(**values)


def variable_name(field_name: str) -> str:
    """The environment variable of a field of `Options`."""
    return PREFIX + field_name.upper()
