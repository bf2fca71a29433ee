"""A person's settings as a form: plain data for the page's script, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from backend.ui.texts import Language, say

Kind = Literal["number", "text", "lines", "code"]

KINDS: dict[str, Kind] = {
    "system_prompt": "text",
    "temperature": "number",
    "top_p": "number",
    "top_k": "number",
    "max_tokens": "number",
    "seed": "number",
    "stop": "lines",
    "json_schema": "code",
}
"""The fields in their order in the page, each with what it is written in."""

_WORDS = ("preset", "preset.default", "preset.own", "keep", "reset", "cancel")


class Field(TypedDict):
    """One field: its texts, what was chosen, and what holds while nothing is."""

    name: str
    kind: Kind
    label: str
    hint: str
    value: str
    default: str


class PresetChoice(TypedDict):
    """A system prompt that can be taken over."""

    title: str
    text: str


class Form(TypedDict):
    """The whole form; `words` are its buttons' and its lists'."""

    title: str
    about: str
    said: str
    fields: list[Field]
    presets: list[PresetChoice]
    words: dict[str, str]


def form(
    language: Language,
    *,
    profile: str,
    chosen: Mapping[str, str],
    defaults: Mapping[str, str],
    presets: list[PresetChoice],
    said: str = "",
) -> Form:
    """The form of a profile.

    Args:
        language: of the page.
        profile: its title.
        chosen: what the person chose, as texts by field.
        defaults: what holds where nothing is chosen; empty for what is the engine's own.
        presets: system prompts to choose from.
        said: what has just been done.
    """
    fields = [
        Field(
            name=name,
            kind=kind,
            label=say(f"choices.{name}", language),
            hint=say(f"choices.{name}.hint", language),
            value=chosen[name],
            default=defaults[name] or say(f"choices.{name}.unset", language),
        )
        for name, kind in KINDS.items()
    ]
    return Form(
        title=say("choices.title", language, profile=profile),
        about=say("choices.about", language),
        said=said,
        fields=fields,
        presets=presets,
        words={word: say(f"choices.{word}", language) for word in _WORDS},
    )
