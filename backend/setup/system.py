"""Programs of the operating system that the tests need: Debian's Chromium and PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from backend.setup.children import run_logged
from backend.setup.console import Console
from backend.setup.errors import SetupError
from backend.setup.layout import Layout

BROWSER, DATABASE = "chromium", "postgresql"

# The package would make a database of its own and start it at boot; the tests make theirs.
_NO_CLUSTER = "etc/postgresql-common/createcluster.conf"


async def ensure_programs(
    layout: Layout,
    environment: Mapping[str, str],
    console: Console,
    *,
    user_id: Callable[[], int] = os.geteuid,
    system: Path = Path("/"),
) -> None:
    """Install what is missing of Debian's Chromium and PostgreSQL, if we may.

    Args:
        layout: of the checkout.
        environment: its `PATH` is searched.
        console: told what is installed.
        user_id: who we are; only root (0) may install.
        system: the root of the file system.

    Raises:
        SetupError: One is missing, and we may not or cannot install it.
    """
    path = environment.get("PATH")
    packages = _missing(path, system)
    if not packages:
        return
    names = " ".join(packages)
    if user_id() != 0 or not shutil.which("apt-get", path=path):
        raise SetupError(
            "programs",
            f"The tests need {' and '.join(packages)}, which is not installed.",
            f"On Debian: sudo apt-get install {names}",
        )
    console.say(f"Installing {' and '.join(packages)} with apt-get")
    if DATABASE in packages:
        _make_no_cluster(system / _NO_CLUSTER)
    log_path = layout.log_file("apt")
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", *packages)):
        code = await _apt_get(arguments, environment, log_path)
    if code != 0:
        raise SetupError(
            "programs",
            f"apt-get cannot install {names}.",
            f"The reason is in {log_path.relative_to(layout.root)}.",
        )


def _missing(path: str | None, system: Path) -> list[str]:
    missing = [] if shutil.which(BROWSER, path=path) else [BROWSER]
    if not list(system.glob("usr/lib/postgresql/*/bin/initdb")):
        missing.append(DATABASE)
    return missing


def _make_no_cluster(settings: Path) -> None:
    settings.parent.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        settings.write_text("create_main_cluster = false\n")


async def _apt_get(
    arguments: tuple[str, ...], environment: Mapping[str, str], log_path: Path
) -> int:
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("a") as log:
        return await run_logged(
            ("apt-get", "-q", *arguments),
            env={**environment, "DEBIAN_FRONTEND": "noninteractive"},
            folder=Path("/"),
            log=log,
        )
