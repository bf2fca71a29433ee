"""Profiles and presets of `presets.toml`: what a new chat can be for, in both languages.

presets.toml → `load_presets` → `Presets` (frozen) → wiring
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as validator

from backend.errors import SettingsError
from config.fields import MaxTokens, Temperature, TopK, TopP
from config.settings import EXIT_STATUS

FILE = Path(__file__).with_name("presets.toml")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Starter(_Frozen):
    """A question that a new chat proposes."""

    label: Title
    message: Prose


class ProfileWords(_Frozen):
    """A profile in one language. Without a system prompt it is the settings' own."""

    title: Title
    description: Prose
    system_prompt: Prose | None = None
    starters: tuple[Starter, ...] = Field(min_length=1, max_length=6)


class Profile(_Frozen):
    """What a chat is for. A sampling value that is left out is the settings' own."""

    name: Name
    temperature: Temperature | None = None
    top_p: TopP | None = None
    top_k: TopK | None = None
    max_tokens: MaxTokens | None = None
    en: ProfileWords
    zh_cn: ProfileWords = Field(alias="zh-CN")

    def words(self, language: str) -> ProfileWords:
        """In Simplified Chinese, or else in English."""
        return self.zh_cn if language == "zh-CN" else self.en


class PresetWords(_Frozen):
    """A system prompt with its name, in one language."""

    title: Title
    system_prompt: Prose


class Preset(_Frozen):
    """A system prompt that people can choose."""

    en: PresetWords
    zh_cn: PresetWords = Field(alias="zh-CN")

    def words(self, language: str) -> PresetWords:
        """In Simplified Chinese, or else in English."""
        return self.zh_cn if language == "zh-CN" else self.en


class Presets(_Frozen):
    """The whole file. The first profile is the one that a new chat begins with."""

    profiles: tuple[Profile, ...] = Field(min_length=1, max_length=12)
    presets: tuple[Preset, ...] = Field(default=(), max_length=24)

    @validator(mode="after")
    def _check_names(self) -> Self:
        names = Counter(profile.name for profile in self.profiles)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f'two profiles are called "{twice[0]}"')
        return self

    def profile(self, name: str) -> Profile:
        """The profile of that name, or else the first: names come from pages and old threads."""
        return next((one for one in self.profiles if one.name == name), self.profiles[0])


def load_presets(file: Path = FILE) -> Presets:
    """Read and check the file.

    Raises:
        SettingsError: it is not there, no TOML, or says something that it may not; the
            exception's text is the message for a person, one line a mistake.
    """
    try:
        return Presets.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
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


def presets_or_exit(file: Path = FILE) -> Presets:
    """The profiles and presets, or the end of the process with one message on stderr."""
    try:
        return load_presets(file)
    except SettingsError as error:
        sys.stderr.write(f"Warmline cannot start with these profiles:\n{error}\n")
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
