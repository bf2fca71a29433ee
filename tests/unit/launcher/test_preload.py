"""The parent that has vLLM imported, with a small package in vLLM's place; real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from backend.launcher.child import Child, Exited, Line
from backend.launcher.preload import PreloadedParent, PreloadError
from tests.unit.launcher.processes import ends

PATIENCE_SECONDS = 20.0
MODULE = "vllm.entrypoints.openai.api_server"
ENTRY = """
import os, time
print("lost: nobody reads what the import says")
IMPORTED_BY = os.getpid()
"""
SERVER = """
import os, signal, sys, time
from vllm.entrypoints.launchers.api_server import entry
print("imported by parent", entry.IMPORTED_BY == os.getppid() or entry.IMPORTED_BY != os.getpid())
print("arguments", sys.argv[1:], __name__, os.getcwd(), flush=True)
what = sys.argv[1]
if what == "wait":
    print("pid", os.getpid(), flush=True)
    while True:
        signal.pause()
elif what == "raise":
    raise ValueError("not today")
sys.exit(int(what))
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A vllm whose server runs its first argument."""
    entry = tmp_path / "packages" / "vllm" / "entrypoints" / "launchers" / "api_server"
    entry.mkdir(parents=True)
    (entry / "entry.py").write_text(ENTRY)
    server = tmp_path / "packages" / "vllm" / "entrypoints" / "openai"
    server.mkdir()
    (server / "api_server.py").write_text(SERVER)
    return tmp_path / "packages"


@pytest.fixture
def environment(packages: Path) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": str(packages), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def parent(environment: dict[str, str], tmp_path: Path) -> Iterator[PreloadedParent]:
    parent = PreloadedParent(sys.executable, environment, tmp_path)
    yield parent
    parent.close()


class Forked:
    """A child that was forked from the parent."""

    def __init__(
        self, parent: PreloadedParent, environment: dict[str, str], folder: Path, *arguments: str
    ) -> None:
        self.events: SimpleQueue[Line | Exited] = SimpleQueue()
        self.child = Child(
            (),
            environment=environment,
            folder=folder,
            emit=self.events.put,
            fork=lambda lifeline: parent.start(("-m", MODULE, *arguments), lifeline),
        )

    def line(self, start: str) -> str:
        while True:
            event = self.events.get(timeout=PATIENCE_SECONDS)
            assert isinstance(event, Line), event
            if event.text.startswith(start):
                return event.text.removeprefix(start).strip()

    def exit_code(self) -> int:
        while not isinstance(event := self.events.get(timeout=PATIENCE_SECONDS), Exited):
            pass
        return event.code


def test_engines_are_forked_one_after_another_and_their_output_and_exit_code_are_seen(
    parent: PreloadedParent, environment: dict[str, str], tmp_path: Path
) -> None:
    for code in (0, 3):
        forked = Forked(parent, environment, tmp_path, str(code), "--flag", "a b")
        assert forked.line("imported by parent") == "True"
        assert forked.line("arguments") == f"{[str(code), '--flag', 'a b']} __main__ {tmp_path}"
        assert forked.exit_code() == code
        assert parent.is_ready


def test_what_a_server_raises_is_in_its_output(
    parent: PreloadedParent, environment: dict[str, str], tmp_path: Path
) -> None:
    forked = Forked(parent, environment, tmp_path, "raise")
    assert forked.line("ValueError:") == "not today"
    assert forked.exit_code() == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_is_killed_has_ended_by_that_signal(
    parent: PreloadedParent,
    environment: dict[str, str],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    forked = Forked(parent, environment, tmp_path, "wait")
    os.kill(int(forked.line("pid")), number)
    assert forked.exit_code() == -number


def test_a_guard_that_is_killed_takes_its_server_with_it(
    parent: PreloadedParent, environment: dict[str, str], tmp_path: Path
) -> None:
    forked = Forked(parent, environment, tmp_path, "wait")
    server = int(forked.line("pid"))
    os.kill(forked.child.group, signal.SIGKILL)
    assert forked.exit_code() == -signal.SIGKILL
    assert ends(server)


def test_nothing_outlives_a_launcher_that_is_killed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "import os, sys, time; from pathlib import Path\n"
        "from backend.launcher.child import Child\n"
        "from backend.launcher.preload import PreloadedParent\n"
        "environment, folder = dict(os.environ), Path.cwd()\n"
        "parent = PreloadedParent(sys.executable, environment, folder)\n"
        f"arguments = ('-m', {MODULE!r}, 'wait')\n"
        "fork = lambda lifeline: parent.start(arguments, lifeline)\n"
        "emit = lambda event: print(event.text, parent._process.pid, flush=True)\n"
        "Child((), environment=environment, folder=folder, emit=emit, fork=fork)\n"
        "time.sleep(600)"
    )
    root = Path(__file__).parents[3]
    path = f"{root}{os.pathsep}{environment['PYTHONPATH']}"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment | {"PYTHONPATH": path},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        assert launcher.stdout is not None
        line = next(line for line in launcher.stdout if line.startswith("pid "))
        _, server, parent = line.split()
        launcher.kill()
    assert ends(int(server))
    assert ends(int(parent))


def test_it_is_stopped_as_any_child(
    parent: PreloadedParent, environment: dict[str, str], tmp_path: Path
) -> None:
    forked = Forked(parent, environment, tmp_path, "wait")
    server = int(forked.line("pid"))
    forked.child.stop(5.0)
    assert forked.exit_code() == -signal.SIGTERM
    assert ends(server)


def test_an_engine_outlives_the_parent_and_a_new_parent_takes_its_place(
    parent: PreloadedParent, environment: dict[str, str], tmp_path: Path
) -> None:
    forked = Forked(parent, environment, tmp_path, "wait")
    forked.line("pid")
    parent.close()
    assert not parent.is_ready
    Forked(parent, environment, tmp_path, "0").exit_code()
    forked.child.stop(5.0)
    assert forked.exit_code() == -signal.SIGTERM


def refused(parent: PreloadedParent, environment: dict[str, str], tmp_path: Path) -> str:
    before = threading.active_count()
    with pytest.raises(PreloadError) as error:
        Forked(parent, environment, tmp_path, "0")
    assert threading.active_count() == before
    return str(error.value)


def test_an_import_that_fails_is_said(
    parent: PreloadedParent, environment: dict[str, str], packages: Path, tmp_path: Path
) -> None:
    (packages / "vllm/entrypoints/launchers/api_server/entry.py").write_text("import nothing_such")
    assert refused(parent, environment, tmp_path) == "ModuleNotFoundError at the import"


def test_an_import_that_initialises_cuda_is_no_parent(
    parent: PreloadedParent, environment: dict[str, str], packages: Path, tmp_path: Path
) -> None:
    (packages / "torch.py").write_text("class cuda:\n    is_initialized = staticmethod(lambda: 1)")
    (packages / "vllm/entrypoints/launchers/api_server/entry.py").write_text("import torch")
    assert "CUDA" in refused(parent, environment, tmp_path)


def test_a_parent_that_dies_at_the_import_is_said(
    parent: PreloadedParent, environment: dict[str, str], packages: Path, tmp_path: Path
) -> None:
    die = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    (packages / "vllm/entrypoints/launchers/api_server/entry.py").write_text(die)
    assert refused(parent, environment, tmp_path) == "it has ended"


def test_a_fork_that_is_refused_is_said(
    parent: PreloadedParent, environment: dict[str, str], packages: Path, tmp_path: Path
) -> None:
    entry = packages / "vllm/entrypoints/launchers/api_server/entry.py"
    entry.write_text(
        "import errno, os\n"
        "def fork(): raise OSError(errno.EAGAIN, 'Resource temporarily unavailable')\n"
        "os.fork = fork"
    )
    assert "fork was refused" in refused(parent, environment, tmp_path)


def test_an_engine_with_another_environment_does_not_fit(
    parent: PreloadedParent, environment: dict[str, str]
) -> None:
    assert parent.fits(dict(environment))
    assert not parent.fits(environment | {"VLLM_OTHER": "1"})


def test_who_stops_does_not_wait_for_the_imports(
    parent: PreloadedParent, environment: dict[str, str], packages: Path
) -> None:
    slow = "import time; time.sleep(600)"
    (packages / "vllm/entrypoints/launchers/api_server/entry.py").write_text(slow)
    with pytest.raises(PreloadError, match="being stopped"):
        parent.start(("-m", MODULE, "0"), 0, is_stopping=lambda: True)


def test_the_group_of_the_imports_is_known_while_they_run(
    environment: dict[str, str], packages: Path, tmp_path: Path
) -> None:
    slow = "import time; time.sleep(600)"
    (packages / "vllm/entrypoints/launchers/api_server/entry.py").write_text(slow)
    groups: list[int] = []
    parent = PreloadedParent(sys.executable, environment, tmp_path, on_group=groups.append)
    with pytest.raises(PreloadError, match="being stopped"):
        parent.start(("-m", MODULE, "0"), 0, is_stopping=lambda: bool(groups))
    assert len(groups) == 1
