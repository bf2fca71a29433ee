"""Caches that are full, read-only or damaged: vLLM starts all the same, and people are told."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backend.launcher.cache_care import care_for_caches, set_aside
from backend.launcher.caches import Cache, caches_of
from backend.launcher.command import Command
from backend.launcher.flags import Flag
from backend.launcher.mend import mended_command
from backend.launcher.problems import name_failure

DAMAGED = {
    "bytecode cut off": "EOFError: marshal data too short",
    "bytecode cut off in an object": "EOFError: EOF read where object expected",
    "bytecode overwritten": "ValueError: bad marshal data (unknown type code)",
    "a graph cut off": "_pickle.UnpicklingError: pickle data was truncated",
    "an empty graph": "EOFError: Ran out of input",
}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    for name in ("python", "vllm"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    environment = {
        "HOME": str(tmp_path),
        "PYTHONPYCACHEPREFIX": str(tmp_path / "python"),
        "VLLM_CACHE_ROOT": str(tmp_path / "vllm"),
    }
    return Command(flags=(Flag("--model", (str(tmp_path),)),), environment=environment)


def refusing(folder: Path, number: int) -> object:
    """Writes to every place but one, which answers with an error of the system."""

    def write(path: Path, content: bytes) -> None:
        if path.is_relative_to(folder):
            raise OSError(number, os.strerror(number))
        path.write_bytes(content)

    return write


def test_caches_that_can_be_written_stay_as_they_are(command: Command, tmp_path: Path) -> None:
    cared = care_for_caches(command)
    assert cared.command == command
    assert cared.notices == ()
    assert [path.name for path in (tmp_path / "vllm").iterdir()] == ["file"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_full_or_read_only_cache_is_copied_for_this_start(
    command: Command, tmp_path: Path, number: int
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write = refusing(tmp_path / "vllm", number)
    cared = care_for_caches(command, write=write, temporary=elsewhere)  # type: ignore[arg-type]
    folder = Path(cared.command.environment["VLLM_CACHE_ROOT"])
    assert folder.parent == elsewhere
    assert (folder / "file").read_text() == "vllm"
    [notice] = cared.notices
    assert os.strerror(number) in notice
    assert "this start uses a copy" in notice


def test_bytecode_that_cannot_be_added_to_is_read_all_the_same(
    command: Command, tmp_path: Path
) -> None:
    write = refusing(tmp_path / "python", errno.EROFS)
    cared = care_for_caches(command, write=write)  # type: ignore[arg-type]
    before, after = command.environment, cared.command.environment
    assert after == {**before, "PYTHONDONTWRITEBYTECODE": "1"}
    assert "Bytecode cannot be kept (Read-only file system)" in cared.notices[0]


def test_a_cache_that_is_no_folder_is_replaced_for_this_start(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "vllm" / "file").unlink()
    (tmp_path / "vllm").rmdir()
    (tmp_path / "vllm").write_text("a file")
    cared = care_for_caches(command, temporary=tmp_path)
    assert Path(cared.command.environment["VLLM_CACHE_ROOT"]).is_dir()
    assert len(cared.notices) == 1


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_start_that_a_damaged_cache_ended_is_made_again_with_new_ones(
    command: Command, line: str
) -> None:
    problem = name_failure(["Traceback (most recent call last):", line], 1)
    assert problem.kind == "cache_damaged"
    assert not problem.final
    mended = mended_command(command, problem)
    assert mended is not None
    assert mended.what == "with new caches"
    assert [cache.name for cache in mended.set_aside] == ["bytecode", "compiled"]


def test_set_aside_caches_are_kept_and_out_of_the_way(command: Command, tmp_path: Path) -> None:
    caches = [cache for cache in caches_of(command) if cache.name in ("bytecode", "compiled")]
    set_aside(caches)
    assert not (tmp_path / "vllm").exists()
    assert (tmp_path / "vllm.set-aside" / "file").read_text() == "vllm"
    set_aside(caches)  # there is nothing any more


def test_on_a_volume_that_is_full_a_damaged_cache_is_removed(
    command: Command, tmp_path: Path
) -> None:
    set_aside(caches_of(command)[1:3], free_bytes=lambda folder: 1)
    assert not (tmp_path / "vllm").exists()
    assert not (tmp_path / "vllm.set-aside").exists()


def test_of_caches_set_aside_the_last_ones_are_kept(tmp_path: Path) -> None:
    cache = Cache("compiled", tmp_path / "vllm")
    for text in ("first", "second"):
        cache.folder.mkdir()
        (cache.folder / "file").write_text(text)
        set_aside([cache])
    assert (tmp_path / "vllm.set-aside" / "file").read_text() == "second"
