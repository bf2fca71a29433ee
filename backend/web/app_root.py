"""Chainlit's app root, under the data folder.

Chainlit writes into its app root as soon as it is imported (`.files`, translations), and the
project's folder may be read-only. So its root is a folder of ours: with copies of what the
project holds for it, for it refuses files that are links to elsewhere, and a link to `public/`.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from backend.errors import SettingsError

COPIES = {
    "chainlit.md": "chainlit.md",
    "chainlit_en-US.md": "chainlit.md",
    "chainlit_zh-CN.md": "chainlit_zh-CN.md",
    ".chainlit/config.toml": ".chainlit/config.toml",
    ".chainlit/translations/en-US.json": ".chainlit/translations/en-US.json",
    ".chainlit/translations/zh-CN.json": ".chainlit/translations/zh-CN.json",
}
_READ_WITHOUT_PREFIX = {"root", "chainlit_server", "run", "features", "ui", "project", "code"}
KEEP_FILES_SECONDS = 24 * 3600


def prepare_app_root(project: Path, data_dir: Path) -> Path:
    """Make the app root, or bring an earlier one up to date, and return it.

    Args:
        project: the folder of `app.py`.
        data_dir: where the chat may write.

    Raises:
        SettingsError: the data folder cannot be written.
    """
    root = data_dir.resolve() / "chainlit"
    try:
        (root / ".chainlit" / "translations").mkdir(parents=True, exist_ok=True)
        for copy, original in COPIES.items():
            shutil.copyfile(project / original, root / copy)
        _link(root / "public", project.resolve() / "public")
        _remove_left_files(root / ".files", older_than=time.time() - KEEP_FILES_SECONDS)
    except OSError as error:
        raise SettingsError(
            f"WARMLINE_DATA_DIR is {data_dir}, which cannot be written: {error.strerror}.",
            names=("WARMLINE_DATA_DIR",),
        ) from error
    return root


def use_app_root(root: Path) -> None:
    """Tell Chainlit, which reads both variables when it is imported, and only then.

    It also takes variables such as `PROJECT` or `UI` for parts of its configuration, and fails on
    what other programs mean by them. And it would load `.env` into the process: ours are read
    already, and what else is in there (the engine's token for a model hub) is not the chat's.
    """
    for name in [n for n in os.environ if n.lower() in _READ_WITHOUT_PREFIX]:
        del os.environ[name]
    os.environ["CHAINLIT_APP_ROOT"] = str(root)
    os.environ["CHAINLIT_ENV_FILE"] = os.devnull


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _remove_left_files(folder: Path, *, older_than: float) -> None:
    """Remove what sessions of earlier processes left, one folder a session."""
    for session in folder.glob("*"):
        if session.stat().st_mtime < older_than:
            shutil.rmtree(session, ignore_errors=True)
