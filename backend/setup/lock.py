"""Makes `requirements/*.lock` anew, out of what `pyproject.toml` asks for.

    make lock    pip has to find PyTorch's build for the CPU (elsewhere: PIP_EXTRA_INDEX_URL)

Each environment is resolved in a virtual environment of its own and written down as pip sees it
afterwards. Locks are complete: they are installed without looking for dependencies.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from backend.setup.layout import Layout, python_of

HEADER = "# Made by `make lock` out of pyproject.toml; installed with pip --no-deps.\n"

# The CPU engine runs without them: triton is 1 GB and serves nothing on a CPU; the index's
# torchvision, torchaudio and torchcodec are CUDA builds, which break the import of transformers.
LEFT_OUT = frozenset({"triton", "torchvision", "torchaudio", "torchcodec"})

# vLLM asks for these on x86-64 alone, and there are none for arm64.
ONLY_X86 = frozenset({"intel-openmp", "intel-cmplr-lib-ur"})


def make_locks(layout: Layout) -> None:
    """Resolve and write every lock file.

    Raises:
        subprocess.CalledProcessError: pip failed; it has said why.
    """
    project = tomllib.loads((layout.root / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    layers = {
        "chat": project["project"]["dependencies"],
        "test": groups["test"],
        "check": groups["check"],
    }
    _write_layers(layout, layers)
    _write_layers(layout, {"engine-cpu": groups["engine-cpu"]})
    _write_resolved(layout, "engine-gpu", groups["engine-gpu"])


def _write_layers(layout: Layout, layers: dict[str, Sequence[str]]) -> None:
    """Resolve layers on top of each other; each lock holds what its layer added."""
    with tempfile.TemporaryDirectory() as folder:
        python = python_of(Path(folder))
        subprocess.run((sys.executable, "-m", "venv", folder), check=True)
        below = set(_freeze(python))
        for name, requirements in layers.items():
            _pip(python, "install", "--quiet", "--no-compile", *requirements)
            installed = set(_freeze(python))
            layout.lock_file(name).write_text(lock_text(installed - below))
            below = installed


def _write_resolved(layout: Layout, name: str, requirements: Sequence[str]) -> None:
    """Resolve without installing: what a card needs takes 12 GB."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        ask = ("install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report))
        _pip(Path(sys.executable), *ask, *requirements)
        found = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    lines = {f"{package['name']}=={package['version']}" for package in found}
    layout.lock_file(name).write_text(HEADER + exact_text(lines))


def exact_text(lines: set[str]) -> str:
    """The text of a lock file whose torch must be the build for CUDA.

    `===` compares versions as text, so that pip passes over a `2.13.0+cpu` that it may know of.
    """
    pinned = (re.sub(r"^torch==", "torch===", line) for line in lines)
    return "".join(f"{line}\n" for line in sorted(pinned, key=str.lower))


def lock_text(installed: set[str]) -> str:
    """The text of a lock file, from lines of `pip freeze`."""
    lines = sorted((line for line in installed if _name(line) not in LEFT_OUT), key=str.lower)
    return HEADER + "".join(f"{_with_marker(line)}\n" for line in lines)


def _with_marker(line: str) -> str:
    return f'{line} ; platform_machine == "x86_64"' if _name(line) in ONLY_X86 else line


def _name(line: str) -> str:
    return line.partition("==")[0].lower()


def _freeze(python: Path) -> list[str]:
    return _pip(python, "freeze", "--all").splitlines()


def _pip(python: Path, *arguments: str) -> str:
    command = (str(python), "-m", "pip", *arguments)
    return subprocess.check_output(command, text=True)
