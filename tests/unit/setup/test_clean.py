from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.setup.clean import clean, disk_usage
from backend.setup.errors import SetupError
from backend.setup.layout import Layout


class Person:
    """Answers one question, and hears what is said."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.questions: list[str] = []
        self.heard: list[str] = []

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return self.answer

    def clean(self, layout: Layout) -> None:
        clean(layout, layout.root / "data", ask=self.ask, say=self.heard.append)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.engine.mkdir(parents=True)
    (layout.engine / "torch.so").write_bytes(os.urandom(60_000_000))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/history.db").touch()
    return layout


@pytest.mark.parametrize("answer", ["y", " Y "])
def test_it_says_how_much_it_frees_asks_and_keeps_the_data(layout: Layout, answer: str) -> None:
    person = Person(answer)
    person.clean(layout)
    assert person.questions == ["Remove .warmline and free 0.1 GB? Your data stay. [y/N] "]
    assert person.heard == ["Freed 0.1 GB."]
    assert not layout.home.exists()
    assert (layout.root / "data/history.db").exists()


@pytest.mark.parametrize("answer", ["", "n", "yes please"])
def test_anything_but_yes_removes_nothing(layout: Layout, answer: str) -> None:
    Person(answer).clean(layout)
    assert layout.engine.exists()


def test_where_nobody_can_be_asked_it_only_says_how_much(layout: Layout) -> None:
    heard: list[str] = []
    clean(layout, layout.root / "data", ask=None, say=heard.append)
    assert heard == [
        "make clean would free 0.1 GB (.warmline); it asks first, so run it in a terminal."
    ]
    assert layout.engine.exists()


def test_data_inside_what_would_be_removed_stop_it(layout: Layout) -> None:
    with pytest.raises(SetupError, match="Your data lie in"):
        clean(layout, layout.home / "data", ask=lambda question: "y", say=print)
    assert layout.engine.exists()


@pytest.mark.parametrize("is_relative", [False, True])
def test_what_still_runs_from_there_stops_it(layout: Layout, is_relative: bool) -> None:
    python = layout.engine / "python"
    python.symlink_to(sys.executable)
    program = python.relative_to(layout.root) if is_relative else python
    with subprocess.Popen(
        [program, "-c", "input()"], stdin=subprocess.PIPE, cwd=layout.root
    ) as running:
        with pytest.raises(SetupError, match=f"Process {running.pid} .* still runs"):
            Person("y").clean(layout)
        running.kill()
    assert layout.engine.exists()


def test_nothing_made_is_nothing_to_clean(tmp_path: Path) -> None:
    person = Person("y")
    person.clean(Layout(tmp_path))
    assert person.heard == ["Nothing to clean: set-up has made nothing here."]


def test_a_file_with_two_names_counts_once(layout: Layout) -> None:
    before = disk_usage(layout.home)
    os.link(layout.engine / "torch.so", layout.engine / "again.so")
    assert disk_usage(layout.home) == before
