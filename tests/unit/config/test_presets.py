"""`config/presets.toml`: complete in both languages, and a mistake in it stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from config.presets import FILE, load_presets, presets_or_exit

PRESETS = load_presets()
HAN = range(0x4E00, 0x9FFF)


def mistake(tmp_path: Path, text: str) -> str:
    file = tmp_path / "presets.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_presets(file)
    return str(refused.value)


def test_there_are_profiles_for_chat_documents_code_and_translation() -> None:
    names = [profile.name for profile in PRESETS.profiles]
    assert names == ["chat", "documents", "code", "translation"]


@pytest.mark.parametrize("profile", PRESETS.profiles, ids=lambda profile: profile.name)
def test_every_profile_is_written_in_both_languages(profile) -> None:  # type: ignore[no-untyped-def]
    english, chinese = profile.words("en"), profile.words("zh-CN")
    assert any(ord(character) in HAN for character in chinese.title)
    assert not any(ord(character) in HAN for character in english.title)
    assert len(english.starters) == len(chinese.starters)
    assert (english.system_prompt is None) == (chinese.system_prompt is None)


def test_every_preset_is_written_in_both_languages() -> None:
    assert PRESETS.presets
    for preset in PRESETS.presets:
        assert preset.words("en").title != preset.words("zh-CN").title


def test_a_file_that_is_no_toml_is_said_so(tmp_path: Path) -> None:
    assert mistake(tmp_path, "[[profiles]\n").startswith("presets.toml is no TOML: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"presets\.toml cannot be read: No such file"):
        load_presets(tmp_path / "presets.toml")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "temperature = 0.2  #",
            "temperature = 3  #",
            "presets.toml, profiles 2, temperature: input should be less than or equal to 2.",
        ),
        ('name = "code"', 'name = "chat"', 'two profiles are called "chat"'),
        ('name = "code"', 'name = "C ode"', "presets.toml, profiles 3, name: "),
        ('title = "翻译"\n', "", "presets.toml, profiles 4, zh-CN, title: field required."),
        (
            "temperature = 0.1",
            "warmth = 0.1",
            "profiles 4, warmth: extra inputs are not",
        ),
        ('label = "译成英文"', 'label = ""', "profiles 4, zh-CN, starters 2, label: "),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert before in text
    assert message in mistake(tmp_path, text.replace(before, after, 1))


def test_a_mistake_ends_the_process_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        presets_or_exit(tmp_path / "presets.toml")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Warmline cannot start with these profiles:\npresets")
