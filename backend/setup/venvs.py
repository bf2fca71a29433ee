"""The virtual environments, each made from lock files and complete or not there at all."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.setup.children import run_logged
from backend.setup.engines import Engine
from backend.setup.errors import SetupError
from backend.setup.layout import Layout, python_of
from backend.setup.pip import Pip, Watch, cpu_builds, read_lock
from backend.setup.steps import Report, Step
from backend.setup.workplace import pip_in

# Where the parts of an installation end, as shares of its time (the engine's, measured on 2 cores:
# environment 3 s, torch 10 s, all packages at hand after 24 s, unpacked after 40 s, compiled 57 s).
_VENV_MADE, _CPU_BUILDS_MADE, _DOWNLOADED, _INSTALLED = 0.05, 0.17, 0.42, 0.7

# Compiled when they are first imported, if ever: a third of the engine's files.
_COMPILED_LATER = r"/tests?/|/transformers/models/"
_NUM_COMPILERS = "2"

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv:
    """A virtual environment to be made.

    Args:
        name: of its log file.
        title: for people, in the middle of a sentence.
        path: its folder.
        lock_files: what is installed, without looking for dependencies.
        disk_bytes: how much it takes, its download included.
    """

    name: str
    title: str
    path: Path
    lock_files: tuple[Path, ...]
    disk_bytes: int

    @property
    def requirements(self) -> tuple[str, ...]:
        """All locked packages."""
        return tuple(line for lock_file in self.lock_files for line in read_lock(lock_file))


def chat_venv(layout: Layout) -> Venv:
    """The chat's environment."""
    return Venv(
        name="chat",
        title="the chat",
        path=layout.chat,
        lock_files=(layout.lock_file("chat"),),
        disk_bytes=600 * _MB,
    )


def engine_venv(engine: Engine) -> Venv:
    """The engine's environment: vLLM."""
    return Venv(
        name=engine.venv.name,
        title=engine.title,
        path=engine.venv,
        lock_files=(engine.lock_file,),
        disk_bytes=engine.disk_bytes,
    )


def dev_venv(layout: Layout) -> Venv:
    """The environment of tests and checks: they import the chat, and mypy reads its types."""
    return Venv(
        name="dev",
        title="the tools of tests and checks",
        path=layout.dev,
        lock_files=tuple(map(layout.lock_file, ("chat", "test", "check"))),
        disk_bytes=900 * _MB,
    )


def venv_step(venv: Venv, layout: Layout, environment: Mapping[str, str]) -> Step:
    """The step that makes an environment."""

    async def build(report: Report) -> None:
        with pip_in(venv.path, venv.name, layout, environment) as pip:
            await _create(venv, pip, report)
            await _install(venv, pip, report)
            await _compile(venv, pip, report)

    return Step(
        name=venv.name,
        title=venv.title,
        target=venv.path,
        must_exist=python_of(venv.path),
        made_from=venv.requirements,
        build=build,
        disk_bytes=venv.disk_bytes,
    )


async def _create(venv: Venv, pip: Pip, report: Report) -> None:
    report(0.0, f"Installing {venv.title}: a virtual environment")
    command = (sys.executable, "-m", "venv", "--clear", venv.path)
    code = await run_logged(command, env=pip.env, folder=pip.temporary, log=pip.log)
    if code != 0:
        raise SetupError(
            "venv", "No virtual environment can be made.", f"The reason is in {pip.log_name}."
        )


async def _install(venv: Venv, pip: Pip, report: Report) -> None:
    """Install the lock files; a build that may be found nowhere comes first."""
    total = len(venv.requirements)

    def show(watch: Watch) -> None:
        if watch.is_installing:
            done = _num_installed(venv)
            share = _DOWNLOADED + (_INSTALLED - _DOWNLOADED) * min(done / total, 1)
            report(share, f"Installing {venv.title}: {min(done, total)} of {total} packages")
        else:
            done = watch.num_collected
            share = _CPU_BUILDS_MADE + (_DOWNLOADED - _CPU_BUILDS_MADE) * min(done / total, 1)
            what = f"{done} of {total} packages{_megabytes(pip)}"
            report(share, f"Downloading {venv.title}: {what}")

    def show_cpu_build(watch: Watch) -> None:
        verb = "Installing" if watch.is_installing else "Downloading"
        report(_VENV_MADE, f"{verb} {venv.title}: PyTorch for the CPU{_megabytes(pip)}")

    for requirement in cpu_builds(venv.requirements):
        await pip.install_cpu_build(requirement, on_poll=show_cpu_build)
    locks = [argument for lock_file in venv.lock_files for argument in ("-r", lock_file)]
    await pip.run("install", "--no-deps", "--no-compile", *locks, on_poll=show)


def _num_installed(venv: Venv) -> int:
    """Packages that are there so far; a folder that pip renames meanwhile is not looked into."""
    (packages,) = venv.path.glob("lib/python*/site-packages")
    return sum(path.suffix == ".dist-info" for path in packages.iterdir())


def _megabytes(pip: Pip) -> str:
    """How much came over the network, if anything did."""
    num_mb = pip.downloaded_bytes() // _MB
    return f", {num_mb} MB" if num_mb else ""


async def _compile(venv: Venv, pip: Pip, report: Report) -> None:
    """Byte-compile: vLLM's three processes each import in 6 s instead of 14.

    A file that does not compile (a template, a test of a syntax error) is none that is imported,
    so the exit code says nothing.
    """
    report(_INSTALLED, f"Installing {venv.title}: compiling {len(venv.requirements)} packages")
    command = ("-m", "compileall", "-qq", "-j", _NUM_COMPILERS, "-x", _COMPILED_LATER)
    libraries = next(venv.path.glob("lib/python*/site-packages"))
    await run_logged(
        (pip.python, *command, libraries), env=pip.env, folder=pip.temporary, log=pip.log
    )
