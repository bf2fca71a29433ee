"""`python3 pip_settings.py FOLDER WHEELS`: this machine's pip settings, as a container has them.

Writes into FOLDER: `pip.conf` (folders of wheels become WHEELS), `wheel-folders` (those folders,
one a line) and `cert` (the certificates that pip is told to trust).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import ChainMap
from pathlib import Path

CONFIG = (sys.executable, "-m", "pip", "config", "list")
SCOPES = (":env:.", "install.", "global.")  # the first that says something wins
PLAIN = ("index-url", "extra-index-url", "trusted-host", "proxy")


def read_settings() -> ChainMap[str, list[str]]:
    """What pip is told, however it is told."""
    lines = subprocess.run(CONFIG, check=True, capture_output=True, text=True).stdout.splitlines()
    pairs = [line.partition("=")[::2] for line in lines]
    return ChainMap(
        *(
            {
                name.removeprefix(scope): ast.literal_eval(value).split()
                for name, value in pairs
                if name.startswith(scope)
            }
            for scope in SCOPES
        )
    )


def main(folder: Path, wheels: str) -> None:
    """Write the three files."""
    settings = read_settings()
    lines = ["[global]", "timeout = 180"]
    for name in PLAIN:
        values = [value for value in settings.get(name, []) if not value.startswith("file:")]
        if values:
            lines.append(f"{name} = {' '.join(values)}")
    links = [value.removeprefix("file://") for value in settings.get("find-links", [])]
    folders = [link for link in links if Path(link).is_dir()]
    found = [link for link in links if link not in folders] + [wheels] * bool(folders)
    if found:
        lines.append(f"find-links = {' '.join(found)}")
    (folder / "pip.conf").write_text("".join(f"{line}\n" for line in lines))
    (folder / "wheel-folders").write_text("".join(f"{link}\n" for link in folders))
    (folder / "cert").write_text(" ".join(settings.get("cert", [])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
