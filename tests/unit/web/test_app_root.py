from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.web.app_root import COPIES, KEEP_FILES_SECONDS, prepare_app_root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for original in COPIES.values():
        (project / original).parent.mkdir(parents=True, exist_ok=True)
        (project / original).write_text(f"this is {original}")
    (project / "public").mkdir()
    return project


def test_chainlit_finds_what_the_project_holds_for_it(project: Path, tmp_path: Path) -> None:
    root = prepare_app_root(project, tmp_path / "data")

    assert root == tmp_path / "data" / "chainlit"
    assert (root / ".chainlit/config.toml").read_text() == "this is .chainlit/config.toml"
    assert (root / "chainlit_en-US.md").read_text() == "this is chainlit.md"
    assert (root / "public").resolve() == project / "public"


def test_a_second_start_brings_it_up_to_date(project: Path, tmp_path: Path) -> None:
    prepare_app_root(project, tmp_path / "data")
    prepare_app_root(project, tmp_path / "data")
    (project / "chainlit.md").write_text("new")
    moved = project.rename(tmp_path / "moved")
    root = prepare_app_root(moved, tmp_path / "data")

    assert (root / "chainlit.md").read_text() == "new"
    assert (root / "public").resolve() == moved / "public"


def test_files_of_sessions_that_are_long_over_are_removed(project: Path, tmp_path: Path) -> None:
    files = tmp_path / "data" / "chainlit" / ".files"
    (files / "old").mkdir(parents=True)
    (files / "new").mkdir()
    long_ago = (files / "old").stat().st_mtime - KEEP_FILES_SECONDS - 1
    os.utime(files / "old", (long_ago, long_ago))
    prepare_app_root(project, tmp_path / "data")

    assert [session.name for session in files.iterdir()] == ["new"]


def test_a_data_folder_that_cannot_be_written_is_named(project: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")

    with pytest.raises(SettingsError, match=r"WARMLINE_DATA_DIR is .*data, which cannot be"):
        prepare_app_root(project, tmp_path / "data")
