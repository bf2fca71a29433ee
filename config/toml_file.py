"""A TOML file of `config/`, checked against a model; each mistake is a line for a person."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from backend.errors import SettingsError
from config.settings import EXIT_STATUS


class Frozen(BaseModel):
    """A part of such a file: nothing in it is unknown, nothing changes after the start."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Model = TypeVar("Model", bound=Frozen)


def load_toml(file: Path, model: type[Model]) -> Model:
    """Read and check the file.

    Raises:
        SettingsError: it is not there, no TOML, or says something that it may not; the
            exception's text is the message for a person, one line a mistake.
    """
    try:
        return model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{file.name} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file.name} is no TOML: {error}.") from None
    except ValidationError as error:
        lines = [
            f"{file.name}, {_place(finding['loc'])}: {_lower_first(finding['msg'])}."
            for finding in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None


def loaded_or_exit(file: Path, model: type[Model], what: str) -> Model:
    """The file, or the end of the process with one message on stderr.

    Args:
        file: where it is.
        model: what it must be.
        what: it is called in "Warmline cannot start with …".
    """
    try:
        return load_toml(file, model)
    except SettingsError as error:
        sys.stderr.write(f"Warmline cannot start with {what}:\n{error}\n")
        raise SystemExit(EXIT_STATUS) from None


def _place(location: tuple[int | str, ...]) -> str:
    """Where in the file, as people count: `profiles 2, zh-CN, starters 1, label`."""
    words: list[str] = []
    for part in location:
        if isinstance(part, int):
            words[-1] = f"{words[-1]} {part + 1}"
        else:
            words.append(part)
    return ", ".join(words) or "the whole file"


def _lower_first(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
