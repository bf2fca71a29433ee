"""Profiles and presets of `presets.toml`: what a new chat can be for, in both languages.

presets.toml → `load_presets` → `Presets` (frozen) → wiring
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints
from pydantic import model_validator as validator

from config.fields import MaxTokens, Temperature, TopK, TopP
from config.toml_file import Frozen, load_toml, loaded_or_exit

FILE = Path(__file__).with_name("presets.toml")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Starter(Frozen):
    """A question that a new chat proposes."""

    label: Title
    message: Prose


class ProfileWords(Frozen):
    """A profile in one language. Without a system prompt it is the settings' own.

    One without starters has those of `branding.toml`.
    """

    title: Title
    description: Prose
    system_prompt: Prose | None = None
    starters: tuple[Starter, ...] = Field(default=(), max_length=6)


class Profile(Frozen):
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


class PresetWords(Frozen):
    """A system prompt with its name, in one language."""

    title: Title
    system_prompt: Prose


class Preset(Frozen):
    """A system prompt that people can choose."""

    en: PresetWords
    zh_cn: PresetWords = Field(alias="zh-CN")

    def words(self, language: str) -> PresetWords:
        """In Simplified Chinese, or else in English."""
        return self.zh_cn if language == "zh-CN" else self.en


class Presets(Frozen):
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
        SettingsError: it cannot be used; the text is the message for a person.
    """
    return load_toml(file, Presets)


def presets_or_exit(file: Path = FILE) -> Presets:
    """The profiles and presets, or the end of the process with one message on stderr."""
    return loaded_or_exit(file, Presets, "these profiles")
