from __future__ import annotations

import io
from pathlib import Path

import pytest

from backend.setup.errors import SetupError
from backend.setup.pip import (
    TORCH_CPU_INDEX,
    Pip,
    Watch,
    cpu_builds,
    environment_for_pip,
    failure,
    read_lock,
)

MISSING = "ERROR: No matching distribution found for torch==2.13.0+cpu"
TORCH = "torch==2.13.0+cpu"


class ScriptedPip:
    """A `python` whose pip prints what a test says, and remembers how it was called."""

    def __init__(self, folder: Path) -> None:
        self._calls = folder / "calls"
        self._python = folder / "python"
        self.log = io.StringIO()
        self.pip = Pip(
            python=self._python, env={}, temporary=folder, log=self.log, log_name="logs/engine.log"
        )

    def answers(self, script: str) -> None:
        """What the interpreter does with its arguments, in the shell's words."""
        self._python.write_text(f'#!/bin/sh\necho "$*" >> {self._calls}\n{script}\n')
        self._python.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedPip:
    return ScriptedPip(tmp_path)


# -- what it does ---------------------------------------------------------------------------------


async def test_what_pip_prints_is_counted_and_kept(scripted: ScriptedPip) -> None:
    scripted.answers("echo 'Collecting a'; echo 'Processing b.whl'; echo ok")
    seen: list[Watch] = []
    await scripted.pip.run("install", "a", on_poll=seen.append)
    assert seen[-1].num_collected == 2
    assert scripted.log.getvalue() == "Collecting a\nProcessing b.whl\nok\n"


def test_unpacking_begins_when_all_is_at_hand() -> None:
    watch = Watch()
    watch.hear("Collecting a==1 (from -r engine.lock (line 1))")
    watch.hear("Requirement already satisfied: torch==2.13.0+cpu")
    assert (watch.num_collected, watch.is_installing) == (2, False)
    watch.hear("Installing collected packages: a")
    assert watch.is_installing


async def test_the_cpu_build_is_looked_for_as_pip_is_configured(scripted: ScriptedPip) -> None:
    scripted.answers("exit 0")
    await scripted.pip.install_cpu_build(TORCH)
    (call,) = scripted.calls
    assert TORCH in call
    assert TORCH_CPU_INDEX not in call


async def test_a_cpu_build_that_pip_does_not_find_comes_from_pytorchs_index(
    scripted: ScriptedPip,
) -> None:
    scripted.answers(f'case "$*" in *index-url*) exit 0;; esac; echo "{MISSING}"; exit 1')
    await scripted.pip.install_cpu_build(TORCH)
    assert [TORCH_CPU_INDEX in call for call in scripted.calls] == [False, True]


async def test_pytorchs_index_is_not_asked_when_the_network_is_down(scripted: ScriptedPip) -> None:
    scripted.answers("echo 'Failed to establish: NewConnectionError'; exit 1")
    with pytest.raises(SetupError, match="cannot reach its package index"):
        await scripted.pip.install_cpu_build(TORCH)
    assert len(scripted.calls) == 1


# -- why it fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("OSError: [Errno 28] No space left on device", "disk", "The disk is full."),
        (
            "SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))",
            "index",
            "The package index's certificate is not trusted.",
        ),
        (
            "WARNING: Retrying: NewConnectionError('https://secret.example: Connection refused')",
            "index",
            "pip cannot reach its package index.",
        ),
        (MISSING, "package", "pip finds no torch==2.13.0+cpu for this machine."),
        ("ERROR: something new at https://secret.example/home/me", "pip", "pip failed."),
    ],
)
def test_a_failure_is_named_without_a_host_or_a_path(line: str, kind: str, message: str) -> None:
    error = failure([line])
    assert (error.kind, error.message) == (kind, message)
    assert "secret" not in str(error)


async def test_a_failure_without_a_name_says_where_the_log_is(scripted: ScriptedPip) -> None:
    scripted.answers("echo strange; exit 2")
    with pytest.raises(SetupError, match=r"What it said is in logs/engine\.log"):
        await scripted.pip.run("install", "a")


# -- what it is told ------------------------------------------------------------------------------


def test_pip_honours_the_certificates_that_all_other_programs_get(tmp_path: Path) -> None:
    env = environment_for_pip({"SSL_CERT_FILE": "/etc/company.pem"}, tmp_path)
    assert env["PIP_CERT"] == "/etc/company.pem"
    own = environment_for_pip({"SSL_CERT_FILE": "/a", "PIP_CERT": "/b"}, tmp_path)
    assert own["PIP_CERT"] == "/b", "what is said to pip itself comes first"


def test_pips_cache_is_ours_unless_the_person_has_one(tmp_path: Path) -> None:
    assert environment_for_pip({}, tmp_path)["PIP_CACHE_DIR"] == str(tmp_path)
    assert environment_for_pip({"PIP_CACHE_DIR": "/c"}, tmp_path)["PIP_CACHE_DIR"] == "/c"


def test_a_lock_file_is_read_without_its_comments(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("# made by make lock\na==1\n\ntorch==2.13.0+cpu  # CPU\n")
    requirements = read_lock(tmp_path / "lock")
    assert requirements == ("a==1", TORCH)
    assert cpu_builds(requirements) == (TORCH,)
