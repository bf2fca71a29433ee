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

from backend.bench.throughput import address_words, load_words, prefix_words, random_words
from backend.bench.tips.experiments import experiments
from backend.bench.tips.plan import plan
from backend.launcher.flags import read_flags
from backend.launcher.profile import FOLDER, load_profile, names
from tests.unit.bench.tips.machines import ALL

SCRIPT = Path(__file__).with_name("vllm_parser.py")

BROKEN = {
    "a flag that does not exist": "max-num-sequences: 256",
    "a value that is no number": "max-num-seqs: many",
    "a choice that there is not": "performance-mode: fast",
}

SHORT_NAMES = ["-tp", "2", "-dp=4", "-pp", "8", "-q", "fp8", "-dpl", "2", "-ep", "-dph"]

EXPERIMENT_FLAGS = {
    boot.configuration.name: list(boot.configuration.flags)
    for machine in ALL
    for boot in plan(experiments(machine))
    if boot.configuration.flags
}
BENCH = [
    "bench",
    *address_words("http://127.0.0.1:8001", "model", "folder"),
    *load_words(8, 16, num_warmups=0, seed=3),
]
BENCH_WORDS = {
    "random": [*BENCH, *random_words(64, 32, range_ratio=0.8)],
    "prefix": [*BENCH, *prefix_words(1024, 32, num_prefixes=1, output_tokens=2)],
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
    lines |= {f"experiment {name}": words for name, words in EXPERIMENT_FLAGS.items()}
    lines |= {f"bench {name}": words for name, words in BENCH_WORDS.items()}
    lines["short names"] = SHORT_NAMES
    lines["long names"] = [word for flag in read_flags(SHORT_NAMES) for word in flag.words]
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


def test_short_names_mean_what_the_launcher_takes_them_for(parsed: dict[str, Parsed]) -> None:
    short, long = parsed["short names"], parsed["long names"]
    assert short.error is None
    assert long == short


@pytest.mark.parametrize("engine", EXPERIMENT_FLAGS)
def test_vllm_takes_the_flags_of_every_experiment(engine: str, parsed: dict[str, Parsed]) -> None:
    assert parsed[f"experiment {engine}"].error is None


@pytest.mark.parametrize("load", BENCH_WORDS)
def test_vllms_benchmark_takes_our_words(load: str, parsed: dict[str, Parsed]) -> None:
    assert parsed[f"bench {load}"].error is None
    assert parsed[f"bench {load}"].values["seed"] == 3
