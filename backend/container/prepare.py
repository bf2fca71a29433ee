"""`python -m backend.container.prepare FILE …`: the stack's first container, over in a second.

Makes the secrets that its containers share, each once: the key that the engine asks for and the
chat sends, the database's password. And it stops the start of the whole
stack with one message where a setting is wrong.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from config.settings import settings_or_exit

_KEY_BYTES = 32


def make_key(file: Path) -> None:
    """Write a new key that its owner alone may read; a key that is there stays.

    Raises:
        OSError: The file cannot be written.
    """
    if file.exists():
        return
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)  # an interrupted start's
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w", encoding="ascii") as key_file:
        key_file.write(secrets.token_urlsafe(_KEY_BYTES))
    unfinished.rename(file)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        make_key(Path(name))
    settings_or_exit()
