"""What a person chose, over a profile, over the settings."""

from __future__ import annotations

from backend.chat.choices import Choices
from backend.llm.client import Sampling


def test_what_is_chosen_comes_before_what_is_below() -> None:
    profile = Choices(system_prompt="Translate.", temperature=0.1, top_p=0.9)
    mine = Choices(temperature=0.0, seed=7)
    assert mine.over(profile) == Choices(
        system_prompt="Translate.", temperature=0.0, top_p=0.9, seed=7
    )


def test_nothing_chosen_leaves_all_to_the_engine() -> None:
    assert Choices().over(Choices()).sampling == Sampling()


def test_all_but_the_system_prompt_goes_beside_the_messages() -> None:
    chosen = Choices(
        system_prompt="Be short.",
        temperature=0.0,
        top_p=0.9,
        top_k=0,
        max_tokens=100,
        seed=0,
        stop=("END",),
        json_schema='{"type": "object"}',
    )
    assert chosen.sampling == Sampling(
        temperature=0.0,
        top_p=0.9,
        top_k=0,
        max_tokens=100,
        seed=0,
        stop=("END",),
        json_schema='{"type": "object"}',
    )


def test_they_come_out_of_the_database_as_they_went_in() -> None:
    chosen = Choices(temperature=0.0, stop=("a", "b"), system_prompt="")
    assert Choices.from_json(chosen.as_json()) == chosen
    assert Choices().as_json() == {}


def test_what_another_version_stored_beside_them_is_left_aside() -> None:
    assert Choices.from_json({"temperature": 1.0, "min_p": 0.1}) == Choices(temperature=1.0)
