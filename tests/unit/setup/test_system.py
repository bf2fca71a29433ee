from __future__ import annotations

import io
from pathlib import Path

import pytest

from backend.setup.console import Console
from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from backend.setup.system import ensure_programs

ROOT_USER, SOMEBODY = 0, 1000


class Machine:
    """A machine with nothing but the programs that a test gives it."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)
        self.out = io.StringIO()
        self.system = folder / "system"
        self._programs = folder / "bin"
        self._programs.mkdir()
        self.calls = folder / "calls"

    def has(self, program: str, script: str = "") -> None:
        path = self._programs / program
        path.write_text(f'#!/bin/sh\necho "$*" >> {self.calls}\n{script}\n')
        path.chmod(0o755)

    def has_postgresql(self) -> None:
        initdb = self.system / "usr/lib/postgresql/15/bin/initdb"
        initdb.parent.mkdir(parents=True)
        initdb.touch()

    async def ensure_programs(self, user_id: int) -> None:
        await ensure_programs(
            self.layout,
            {"PATH": str(self._programs)},
            Console(self.out),
            user_id=lambda: user_id,
            system=self.system,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def test_programs_that_are_there_are_left_alone(machine: Machine) -> None:
    machine.has("chromium")
    machine.has_postgresql()
    machine.has("apt-get")
    await machine.ensure_programs(ROOT_USER)
    assert not machine.calls.exists()
    assert machine.out.getvalue() == ""


async def test_root_gets_debians_packages_after_one_update(machine: Machine) -> None:
    machine.has("apt-get")
    await machine.ensure_programs(ROOT_USER)
    assert machine.calls.read_text().splitlines() == [
        "-q update",
        "-q install -y --no-install-recommends chromium postgresql",
    ]


async def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.has("apt-get")
    machine.has_postgresql()
    await machine.ensure_programs(ROOT_USER)
    assert machine.calls.read_text().splitlines()[-1].endswith("recommends chromium")


async def test_the_database_package_starts_no_database_of_its_own(machine: Machine) -> None:
    machine.has("apt-get")
    await machine.ensure_programs(ROOT_USER)
    settings = machine.system / "etc/postgresql-common/createcluster.conf"
    assert "create_main_cluster = false" in settings.read_text()


async def test_somebody_else_is_told_what_to_install(machine: Machine) -> None:
    machine.has("apt-get")
    with pytest.raises(SetupError, match="sudo apt-get install chromium postgresql"):
        await machine.ensure_programs(SOMEBODY)
    assert not machine.calls.exists()


async def test_without_apt_it_is_said_too(machine: Machine) -> None:
    with pytest.raises(SetupError, match="chromium and postgresql, which is not installed"):
        await machine.ensure_programs(ROOT_USER)


async def test_an_apt_that_fails_is_named_with_its_log(machine: Machine) -> None:
    machine.has("apt-get", "echo no network; exit 100")
    with pytest.raises(SetupError, match=r"The reason is in \.warmline/logs/apt\.log"):
        await machine.ensure_programs(ROOT_USER)
    assert "no network" in machine.layout.log_file("apt").read_text()
