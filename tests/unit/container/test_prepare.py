from __future__ import annotations

from pathlib import Path

import pytest

from backend.container.prepare import make_key


def test_a_key_is_long_and_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "engine-key"

    make_key(file)

    assert len(file.read_text()) >= 43  # 32 bytes in base64
    assert file.stat().st_mode & 0o777 == 0o400


def test_a_key_can_be_sent_in_a_header_as_it_stands(tmp_path: Path) -> None:
    make_key(tmp_path / "engine-key")

    key = (tmp_path / "engine-key").read_text()
    assert key == key.strip()
    assert key.isascii()
    assert key.isprintable()


def test_a_key_that_is_there_stays(tmp_path: Path) -> None:
    make_key(tmp_path / "engine-key")
    first = (tmp_path / "engine-key").read_text()

    make_key(tmp_path / "engine-key")

    assert (tmp_path / "engine-key").read_text() == first


def test_no_two_stacks_have_the_same_key(tmp_path: Path) -> None:
    make_key(tmp_path / "one")
    make_key(tmp_path / "two")

    assert (tmp_path / "one").read_text() != (tmp_path / "two").read_text()


def test_an_interrupted_start_leaves_no_half_a_key(tmp_path: Path) -> None:
    (tmp_path / "engine-key.new").write_text("hal")

    make_key(tmp_path / "engine-key")

    assert [file.name for file in tmp_path.iterdir()] == ["engine-key"]
    assert len((tmp_path / "engine-key").read_text()) >= 43


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_key(tmp_path / "nowhere" / "engine-key")
