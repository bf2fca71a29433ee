"""Profiles as Chainlit's page offers them: in its header, each with starters of its own."""

from __future__ import annotations

import chainlit as cl

from backend.ui.texts import language_of
from config.branding import Branding
from config.presets import Presets


def offered(presets: Presets, branding: Branding, language: str | None) -> list[cl.ChatProfile]:
    """The profiles, in the language of the page; a new chat begins with the first one."""
    spoken = language_of(language)
    usual = tuple(question.words(spoken) for question in branding.starters)
    return [
        cl.ChatProfile(
            name=profile.name,
            display_name=profile.words(spoken).title,
            markdown_description=profile.words(spoken).description,
            default=profile is presets.profiles[0],
            starters=[
                cl.Starter(label=starter.label, message=starter.message)
                for starter in profile.words(spoken).starters or usual
            ],
        )
        for profile in presets.profiles
    ]
