"""Every flag of every profile, read by the argument parser of the real vLLM.

The parser is asked once: importing vLLM takes its time.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.launcher.profile import FOLDER, load_profile, names

SCRIPT = Path(__file__).with_name("vllm_parser.py")

BROKEN = {
    "a flag that does not exist": "max-num-sequences: 256",
    "a value that is no number": "max-num-seqs: many",
    "a choice that there is not": "performance-mode: fast",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What vLLM made of one command line; `error` is its message, `None` if it took it."""

    values: dict[str, Any]
    error: str | None


@pytest.fixture(scope="session")
def parsed(engine_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parsed]:
    """Profiles as `--config`, profiles as the launcher's words, and files that are wrong."""
    folder = tmp_path_factory.mktemp("parser")
    lines: dict[str, list[str]] = {}
    for name in names():
        lines[f"config {name}"] = ["--config", str(FOLDER / f"{name}.yaml")]
        words = [word for flag in load_profile(name).flags for word in flag.words]
        lines[f"words {name}"] = words
    for number, (name, text) in enumerate(BROKEN.items()):
        path = folder / f"broken-{number}.yaml"
        path.write_text(text + "\n", encoding="utf-8")
        lines[name] = ["--config", str(path)]
    answer = folder / "answer.json"
    subprocess.run(
        [str(engine_python), str(SCRIPT), str(answer)],
        input=json.dumps(lines),
        text=True,
        check=True,
        cwd=folder,
        env=os.environ | {"VLLM_TARGET_DEVICE": "cpu", "VLLM_NO_USAGE_STATS": "1"},
    )
    answers = json.loads(answer.read_text(encoding="utf-8"))
    return {name: Parsed(**found) for name, found in answers.items()}


@pytest.mark.parametrize("profile", names())
def test_vllm_takes_the_profile_as_a_config_file(profile: str, parsed: dict[str, Parsed]) -> None:
    assert parsed[f"config {profile}"].error is None


@pytest.mark.parametrize("profile", names())
def test_the_launcher_reads_the_same_values_out_of_it(
    profile: str, parsed: dict[str, Parsed]
) -> None:
    by_config, by_words = parsed[f"config {profile}"], parsed[f"words {profile}"]
    assert by_words.error is None
    assert by_words.values == by_config.values | {"config": None}


@pytest.mark.parametrize("profile", names())
def test_each_flag_arrives_under_its_own_name(profile: str, parsed: dict[str, Parsed]) -> None:
    values = parsed[f"config {profile}"].values
    for flag in load_profile(profile).flags:
        assert flag.key.replace("-", "_") in values


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_mistake_in_a_profile_is_refused(mistake: str, parsed: dict[str, Parsed]) -> None:
    assert parsed[mistake].error
