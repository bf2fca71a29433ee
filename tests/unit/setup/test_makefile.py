"""The Makefile explains itself, and the hooks and CI call nothing but its targets."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.fakes.product import ROOT

CONTRACT = ("demo", "chat", "test", "check", "clean", "help")


def make(*arguments: str, **env: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with subprocess.Popen(
        ("make", *arguments),
        cwd=ROOT,
        env=inherited | env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        return process.communicate()[0]


def test_make_alone_lists_the_targets_with_what_they_do() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make(), flags=re.MULTILINE)
    assert set(CONTRACT) <= set(listed)


@pytest.mark.parametrize("target", CONTRACT)
def test_no_target_shows_its_commands(target: str) -> None:
    recipe = make("--dry-run", "--silent", target)
    rule = re.search(rf"^{target}:.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert rule
    assert all(line.startswith("@") for line in rule[1].replace("\t", "").splitlines())


def test_without_any_python_make_says_what_is_needed(tmp_path: Path) -> None:
    for program in ("make", "sh"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    said = make("demo", PATH=str(tmp_path))
    assert "Warmline needs Python 3.11, and no python3 is here" in said


def test_each_hook_is_a_part_of_make_check() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (.+)", hooks) == ["local"]
    assert {*re.findall(r"entry: make (.+)", hooks), "dev-env"} == parts_of_check()


def test_ci_calls_targets_of_make_only() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == [
        "make check",
        "make test",
        "make test-compose ARGS=\"-m 'not long'\"",
        "make bench-frontend ARGS=--short",
    ]


def parts_of_check() -> set[str]:
    rule = re.search(r"^check: (.*?) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    return set(rule[1].split())
