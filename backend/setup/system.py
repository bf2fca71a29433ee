"""Programs of the operating system that the tests need: Debian's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from backend.setup.children import run_logged
from backend.setup.console import Console
from backend.setup.errors import SetupError
from backend.setup.layout import Layout

BROWSER = "chromium"


async def ensure_browser(
    layout: Layout,
    environment: Mapping[str, str],
    console: Console,
    *,
    user_id: Callable[[], int] = os.geteuid,
) -> None:
    """Install Debian's Chromium if it is missing and we may.

    Args:
        layout: of the checkout.
        environment: its `PATH` is searched.
        console: told what is installed.
        user_id: who we are; only root (0) may install.

    Raises:
        SetupError: It is missing, and we may not or cannot install it.
    """
    path = environment.get("PATH")
    if shutil.which(BROWSER, path=path):
        return
    if user_id() != 0 or not shutil.which("apt-get", path=path):
        raise SetupError(
            "browser",
            "The tests drive Chromium, which is not installed.",
            "On Debian: sudo apt-get install chromium",
        )
    console.say("Installing Chromium with apt-get")
    log_path = layout.log_file("apt")
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", BROWSER)):
        code = await _apt_get(arguments, environment, log_path)
    if code != 0:
        raise SetupError(
            "browser",
            "apt-get cannot install chromium.",
            f"The reason is in {log_path.relative_to(layout.root)}.",
        )


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
