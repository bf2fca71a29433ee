from __future__ import annotations

from pathlib import Path

import pytest

from backend.launcher.flags import Flag
from backend.launcher.profile import (
    ProfileError,
    choose_profile,
    load_profile,
    names,
    read_profile,
)


def test_each_line_is_a_flag_with_its_value_and_its_reason() -> None:
    text = "# A card.\n\nmax-num-seqs: 16  # enough (measured: 204 tok/s)\nmax-model-len: 32K\n"
    assert read_profile(text, source="card.yaml") == (
        Flag("--max-num-seqs", ("16",), "enough (measured: 204 tok/s)"),
        Flag("--max-model-len", ("32K",), ""),
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("enforce-eager: true", ["--enforce-eager"]),
        ("enforce-eager: false", ["--no-enforce-eager"]),
        ("model: Qwen/Qwen3-4B # a hub id", ["--model", "Qwen/Qwen3-4B"]),
        ("chat-template: 'a b.jinja'", ["--chat-template", "a b.jinja"]),
        ('served-model-name: "on"', ["--served-model-name", "on"]),
        ("sizes: [1, 2, 4]", ["--sizes", "1", "2", "4"]),
        ("allowed-origins: ['a', \"b\"]", ["--allowed-origins", "a", "b"]),
        ('compilation-config: {"mode": 3}', ["--compilation-config", '{"mode": 3}']),
    ],
)
def test_values_are_read_as_yaml_means_them(line: str, words: list[str]) -> None:
    (flag,) = read_profile(line, source="card.yaml")
    assert list(flag.words) == words


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("max-num-seqs 16", "not `flag: value"),
        ("max-num-seqs:", "not `flag: value"),
        ("max-num-seqs:16", "not `flag: value"),
        ("  pass_config:", "not `flag: value"),
        ("enforce-eager: yes", "write true, false or a value"),
        ("max-num-seqs: 8\nmax-num-seqs: 9", "max-num-seqs is set twice"),
        ("enforce-eager: true\nno-enforce-eager: true", "no-enforce-eager is set twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(line: str, mistake: str) -> None:
    with pytest.raises(ProfileError, match=mistake) as caught:
        read_profile(f"# A card.\n{line}", source="card.yaml")
    assert str(caught.value).startswith(f"card.yaml, line {2 + line.count(chr(10))}:")


def test_without_a_card_the_processors_profile_is_chosen_unless_one_is_named() -> None:
    assert choose_profile("auto", []).name == "cpu"
    assert choose_profile("h100-80gb", []).name == "h100-80gb"


@pytest.mark.parametrize("name", ["gpu9000", "", "../settings", "/etc/passwd"])
def test_a_profile_that_is_not_there_is_named_beside_those_that_are(name: str) -> None:
    with pytest.raises(ProfileError, match=r"there is no profile .*cpu"):
        load_profile(name)


def test_every_profile_of_the_project_can_be_read() -> None:
    assert "cpu" in names()
    for name in names():
        assert load_profile(name).flags


def test_profiles_can_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("seed: 1\n")
    assert names(tmp_path) == ["mine"]
    assert load_profile("mine", tmp_path).flags == (Flag("--seed", ("1",)),)
