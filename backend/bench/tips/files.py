"""Result files: written whole or not at all, and no word on a full disk that is not plain."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from backend.sizing.units import in_gib

NEEDED_BYTES = 256 * 2**20  # logs of some twenty engines, journal, report
_FULL = {errno.ENOSPC, errno.EDQUOT}


class ResultsError(Exception):
    """The results cannot be kept; `str()` is a sentence."""


class NoSpaceError(ResultsError):
    """They have no room."""


def check_space(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Make the folder, and see whether results will fit.

    Raises:
        NoSpaceError: they will not.
        ResultsError: the folder cannot be made, or nothing can be written there.
    """
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise NoSpaceError(
            f"{folder} has {in_gib(free)} free and the results need {in_gib(needed_bytes)}: "
            "free some space, or name another folder with --out."
        )


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is never seen half-written.

    Raises:
        NoSpaceError: the disk is full; what was there before is still there.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        with told_plainly(path.parent):
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def append_line(path: Path, line: str) -> None:
    """Append a line and have it on the disk, or leave the file as it was.

    Raises:
        NoSpaceError: the disk is full.
    """
    with told_plainly(path.parent), path.open("ab+", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        content = f"{_mending(file, before)}{line}\n".encode()
        try:
            if file.write(content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(before)
            raise


def _mending(file: io.FileIO, end: int) -> str:
    """What ends a line that a killed process has left unfinished."""
    if not end:
        return ""
    file.seek(end - 1)
    return "" if file.read(1) == b"\n" else "\n"


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """A full disk, or a folder that cannot be written, as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise ResultsError(
                f"{folder} cannot be written ({error.strerror}): name another folder with --out."
            ) from error
        raise NoSpaceError(
            f"No space is left in {folder}: free some and start the same command again. "
            "What has been measured is kept."
        ) from error
