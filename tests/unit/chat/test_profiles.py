"""What a conversation is for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from backend.chat.choices import Choices
from backend.chat.profiles import Beginning, Profiles
from backend.llm.client import Sampling
from backend.store.choices import ChoiceBook
from backend.store.records import Owner
from config.presets import Presets


def words(prompt: str | None = None) -> dict[str, object]:
    starters = [{"label": "Hi", "message": "Hello?"}]
    return {"title": "T", "description": "D", "system_prompt": prompt, "starters": starters}


PRESETS = Presets.model_validate(
    {
        "profiles": [
            {"name": "chat", "en": words(), "zh-CN": words()},
            {
                "name": "code",
                "temperature": 0.2,
                "en": words("Write code."),
                "zh-CN": words("写代码。"),
            },
            {"name": "code-too", "temperature": 0.2, "en": words(), "zh-CN": words()},
        ]
    }
)
ADA = Owner("1", "ada", datetime(2026, 5, 1, tzinfo=UTC))


class Book:
    """What Ada chose for code."""

    async def of(self, owner: Owner, profile: str) -> dict[str, object]:
        return {"temperature": 0.0, "seed": 7} if (owner, profile) == (ADA, "code") else {}


PROFILES = Profiles(
    PRESETS,
    Choices(system_prompt="Be kind.", temperature=1.0, top_p=0.9),
    cast("ChoiceBook", Book()),
)


async def test_what_a_person_chose_comes_before_the_profile() -> None:
    assert await PROFILES.choices(ADA, Beginning("code")) == Choices(
        system_prompt="Write code.", temperature=0.0, top_p=0.9, seed=7
    )


async def test_what_was_chosen_for_one_profile_is_not_anothers() -> None:
    chosen = await PROFILES.choices(ADA, Beginning("no such profile"))
    assert chosen == PROFILES.defaults(Beginning("chat"))


def test_a_profile_comes_before_the_settings() -> None:
    assert PROFILES.defaults(Beginning("code")) == Choices(
        system_prompt="Write code.", temperature=0.2, top_p=0.9
    )


def test_what_it_leaves_out_is_as_the_settings_have_it() -> None:
    assert PROFILES.defaults(Beginning("chat")) == Choices(
        system_prompt="Be kind.", temperature=1.0, top_p=0.9
    )


def test_its_system_prompt_is_in_the_language_that_the_thread_began_in() -> None:
    assert PROFILES.defaults(Beginning("code", "zh-CN")).system_prompt == "写代码。"


@pytest.mark.parametrize("metadata", [{}, {"profile": 3}, {"profile": "gone"}, {"profile": None}])
def test_a_thread_of_no_known_profile_has_the_first_one(metadata: dict[str, object]) -> None:
    beginning = Beginning.from_json(metadata)
    assert PRESETS.profile(beginning.profile).name == "chat"


def test_a_beginning_comes_out_of_the_database_as_it_went_in() -> None:
    beginning = Beginning("code", "zh-CN")
    assert Beginning.from_json(beginning.as_json()) == beginning


def test_the_warm_up_sends_every_default_once_the_first_profiles_first() -> None:
    assert PROFILES.samplings == [
        Sampling(temperature=1.0, top_p=0.9),
        Sampling(temperature=0.2, top_p=0.9),
    ]
