"""The variables that are ours, as the environment and `.env` give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from backend.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Given:
    """A variable as somebody gave it; `value` is stripped of white space and may be empty."""

    name: str
    value: str
    origin: str


def read_given(prefix: str, environ: Mapping[str, str], env_file: Path | None) -> list[Given]:
    """The variables that begin with `prefix` in any case; the environment wins over `.env`.

    An empty value does not win: compose files hand on unset variables as empty ones.

    Raises:
        SettingsError: `.env` is there and cannot be read.
    """
    given: dict[str, Given] = {}
    for origin, values in (
        (str(env_file), _read_env_file(env_file)),
        ("the environment", environ),
    ):
        for name, value in values.items():
            one = Given(name, (value or "").strip(), origin)
            if name.upper().startswith(prefix) and (one.value or name not in given):
                given[name] = one
    return list(given.values())


def read_secret_file(name: str, file: Given) -> Given:
    """The variable `name`, out of the file that another variable names.

    Raises:
        SettingsError: the file cannot be read; values: `names`.
    """
    try:
        text = Path(file.value).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(
            f'{file.name} (in {file.origin}) is "{file.value}", which cannot be read: {reason}.',
            names=(file.name,),
        ) from error
    return Given(name, text.strip(), file.value)


def _read_env_file(env_file: Path | None) -> Mapping[str, str | None]:
    if env_file is None or not env_file.exists():
        return {}
    try:
        # A "$" in a key or a password is meant as it stands.
        return dotenv_values(env_file, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{env_file} cannot be read: {type(error).__name__}.") from error
