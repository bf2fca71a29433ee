from __future__ import annotations

import io
from pathlib import Path

import pytest

from backend.setup.console import Console
from backend.setup.errors import SetupError
from backend.setup.layout import Layout
from backend.setup.system import ensure_browser

ROOT_USER, SOMEBODY = 0, 1000


class Machine:
    """A machine with nothing but the programs that a test gives it."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)
        self.out = io.StringIO()
        self._programs = folder / "bin"
        self._programs.mkdir()
        self.calls = folder / "calls"

    def has(self, program: str, script: str = "") -> None:
        path = self._programs / program
        path.write_text(f'#!/bin/sh\necho "$*" >> {self.calls}\n{script}\n')
        path.chmod(0o755)

    async def ensure_browser(self, user_id: int) -> None:
        environment = {"PATH": str(self._programs)}
        await ensure_browser(self.layout, environment, Console(self.out), user_id=lambda: user_id)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def test_a_browser_that_is_there_is_left_alone(machine: Machine) -> None:
    machine.has("chromium")
    machine.has("apt-get")
    await machine.ensure_browser(ROOT_USER)
    assert not machine.calls.exists()
    assert machine.out.getvalue() == ""


async def test_root_gets_debians_chromium_after_one_update(machine: Machine) -> None:
    machine.has("apt-get")
    await machine.ensure_browser(ROOT_USER)
    assert machine.calls.read_text().splitlines() == [
        "-q update",
        "-q install -y --no-install-recommends chromium",
    ]


async def test_somebody_else_is_told_what_to_install(machine: Machine) -> None:
    machine.has("apt-get")
    with pytest.raises(SetupError, match="sudo apt-get install chromium"):
        await machine.ensure_browser(SOMEBODY)
    assert not machine.calls.exists()


async def test_without_apt_it_is_said_too(machine: Machine) -> None:
    with pytest.raises(SetupError, match="Chromium, which is not installed"):
        await machine.ensure_browser(ROOT_USER)


async def test_an_apt_that_fails_is_named_with_its_log(machine: Machine) -> None:
    machine.has("apt-get", "echo no network; exit 100")
    with pytest.raises(SetupError, match=r"The reason is in \.warmline/logs/apt\.log"):
        await machine.ensure_browser(ROOT_USER)
    assert "no network" in machine.layout.log_file("apt").read_text()
