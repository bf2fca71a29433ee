"""Where a step works: pip with a log and a temporary folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from backend.setup.layout import Layout, python_of
from backend.setup.pip import Pip, environment_for_pip


@contextmanager
def pip_in(
    venv: Path, step_name: str, layout: Layout, environment: Mapping[str, str]
) -> Iterator[Pip]:
    """The pip of a virtual environment that may still have to be made."""
    log_path = layout.log_file(step_name)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    temporary = layout.home / "tmp" / step_name
    shutil.rmtree(temporary, ignore_errors=True)  # an interrupted set-up's
    temporary.mkdir(parents=True)
    try:
        with log_path.open("w", encoding="utf-8", buffering=1) as log:
            yield Pip(
                python=python_of(venv),
                env=environment_for_pip(environment, layout.home / "pip-cache"),
                temporary=temporary,
                log=log,
                log_name=str(log_path.relative_to(layout.root)),
            )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
