"""Caches that cannot serve: full, read-only or damaged. None of them keeps vLLM from starting.

A cache is never repaired in place: vLLM gets another folder for this start, or the folder is set
aside (`<name>.set-aside`, one of each) and filled anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import disk_usage

from backend.launcher.caches import Cache, caches_of
from backend.launcher.command import Command

_PROBE_BYTES = 1_000_000  # a start writes more, but a volume with less room is full soon

Write = Callable[[Path, bytes], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cared:
    """The command whose caches can be used, and what was done for that, in words.

    `temporary`: folders of this run alone.
    """

    command: Command
    notices: tuple[str, ...] = ()
    temporary: tuple[Path, ...] = ()


def care_for_caches(
    command: Command, *, write: Write = Path.write_bytes, temporary: Path | None = None
) -> Cared:
    """Give vLLM a folder that it can write in place of a cache that is full or read-only.

    What such a cache holds is copied, so a warm start stays one. Bytecode is read where it is, and
    not added to: Python cuts a file off where the volume is full, and cannot read it afterwards.

    Args:
        command: the one to be started.
        write: writes a file.
        temporary: where another folder may be made; by default the system's place for it.
    """
    notices = []
    copies = []
    for cache in caches_of(command):
        reason = _why_not_writable(cache, write) if cache.name in ("bytecode", "compiled") else ""
        if reason and cache.name == "compiled":
            folder = _copy_of(cache, temporary)
            copies.append(folder)
            command = replace(
                command, environment={**command.environment, "VLLM_CACHE_ROOT": str(folder)}
            )
            notices.append(
                f"The cache of compiled graphs cannot be written ({reason}): this start uses a "
                "copy, and what it compiles is lost with it."
            )
        elif reason:
            environment = {**command.environment, "PYTHONDONTWRITEBYTECODE": "1"}
            command = replace(command, environment=environment)
            notices.append(
                f"Bytecode cannot be kept ({reason}): what is not there is compiled at each start."
            )
    return Cared(command=command, notices=tuple(notices), temporary=tuple(copies))


def care_for_folder(folder: Path) -> tuple[Path, str]:
    """The engine's working folder, or another where it cannot be made, and why in words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        notice = (
            f"The cache folder cannot be written ({reason}): nothing is learnt from this start."
        )
        return Path(tempfile.mkdtemp(prefix="warmline-")), notice
    return folder, ""


def set_aside(
    caches: Iterable[Cache], *, free_bytes: Callable[[Path], int] = lambda f: disk_usage(f).free
) -> None:
    """Move damaged caches out of the way, in place of those that were moved before.

    One that would leave too little room for its like is removed: a volume that was full may be
    what damaged it.

    Args:
        caches: what is moved.
        free_bytes: the room on the volume of a folder.
    """
    for cache in caches:
        aside = cache.folder.with_name(f"{cache.folder.name}.set-aside")
        shutil.rmtree(aside, ignore_errors=True)
        num_bytes = sum(size for size, _ in cache.files().values())
        with suppress(OSError):  # not there, or on a read-only volume: vLLM's own words say more
            if free_bytes(cache.folder) < 2 * num_bytes:
                shutil.rmtree(cache.folder)
            else:
                cache.folder.rename(aside)


def _why_not_writable(cache: Cache, write: Write) -> str:
    """The system's words for why nothing can be added to a cache; empty if it can."""
    probe = cache.folder / f".probe-{os.getpid()}"
    try:
        cache.folder.mkdir(parents=True, exist_ok=True)
        write(probe, bytes(_PROBE_BYTES))
    except OSError as error:
        return error.strerror or type(error).__name__
    finally:
        with suppress(OSError):
            probe.unlink()
    return ""


def _copy_of(cache: Cache, temporary: Path | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="warmline-", dir=temporary))
    with suppress(OSError, shutil.Error):  # what cannot be read is made anew
        shutil.copytree(cache.folder, folder, dirs_exist_ok=True)
    return folder
