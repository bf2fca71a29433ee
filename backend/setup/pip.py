"""pip, as the machine has it configured: what it does is counted, and why it fails is said.

Indexes, proxies and certificates are pip's own business; nothing here names one, except the place
where PyTorch publishes its builds for the CPU, which is asked only for a build that pip does not
find by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from backend.setup.children import run_logged
from backend.setup.errors import SetupError

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

POLL_SECONDS = 0.5
_QUIET = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
_TAIL_LINES = 200
_COLLECTED = ("Collecting ", "Processing ", "Requirement already satisfied: ")
_ALL_COLLECTED = "Installing collected packages"
_NO_MATCH = re.compile(r"No matching distribution found for (\S+)")
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError"
    r"|failure in name resolution|not known|Connection refused|unreachable|ConnectionReset"
    r"|RemoteDisconnected|IncompleteRead|ProtocolError"
)


@dataclass
class Watch:
    """What pip has printed so far.

    `num_collected` counts the packages that it has at hand; `is_installing` is true once it has
    them all and unpacks.
    """

    num_collected: int = 0
    is_installing: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    def hear(self, line: str) -> None:
        """Take a line of pip's output."""
        self.tail.append(line)
        if line.startswith(_COLLECTED):
            self.num_collected += 1
        elif line.startswith(_ALL_COLLECTED):
            self.is_installing = True


OnPoll = Callable[[Watch], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pip:
    """The pip of one Python.

    Args:
        python: the interpreter that it belongs to.
        env: its environment variables.
        temporary: a folder of its own for what it unpacks; what it downloads shows up there.
        log: where its output goes.
        log_name: how people find that log.
    """

    python: Path
    env: Mapping[str, str]
    temporary: Path
    log: TextIO
    log_name: str

    async def run(self, *arguments: str | Path, on_poll: OnPoll | None = None) -> None:
        """Run `pip <arguments>`; `on_poll` hears twice a second how far it is.

        Raises:
            SetupError: It failed.
        """
        watch = Watch()
        command = (self.python, "-m", "pip", *arguments, *_QUIET)
        async with _polling(on_poll, watch):
            code = await run_logged(
                command,
                env={**self.env, "TMPDIR": str(self.temporary)},
                folder=self.temporary,
                log=self.log,
                on_line=watch.hear,
            )
        if code != 0:
            raise failure(watch.tail, f"What it said is in {self.log_name}.")

    async def install_cpu_build(self, requirement: str, on_poll: OnPoll | None = None) -> None:
        """Install a build for the CPU: as pip is configured, else from PyTorch's own index.

        Raises:
            SetupError: Neither has it.
        """
        install = ("install", "--no-deps", "--no-compile", requirement)
        try:
            await self.run(*install, on_poll=on_poll)
        except SetupError as error:
            if error.kind != "package":
                raise
            await self.run(*install, "--extra-index-url", TORCH_CPU_INDEX, on_poll=on_poll)

    def downloaded_bytes(self) -> int:
        """The size of what lies in its temporary folder.

        Not by a glob: that fails where pip removes a folder meanwhile.
        """
        return sum(
            _size(Path(folder) / name)
            for folder, _, names in os.walk(self.temporary)
            for name in names
        )


def environment_for_pip(environment: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The environment of pip: its cache is ours, and it honours `SSL_CERT_FILE` too."""
    defaults = {"PIP_CACHE_DIR": str(cache)}
    if certificates := environment.get("SSL_CERT_FILE"):
        defaults["PIP_CERT"] = certificates
    return defaults | dict(environment)


def read_lock(lock_file: Path) -> tuple[str, ...]:
    """The requirements of a lock file, without its comments."""
    lines = (line.partition("#")[0].strip() for line in lock_file.read_text().splitlines())
    return tuple(line for line in lines if line)


def cpu_builds(requirements: Sequence[str]) -> tuple[str, ...]:
    """Those requirements that only a build for the CPU satisfies."""
    return tuple(line for line in requirements if "+cpu" in line)


def failure(output: Iterable[str], otherwise: str = "") -> SetupError:
    """Why pip failed, out of its last lines, without a host or a path of this machine.

    Args:
        output: pip's lines.
        otherwise: the advice for a failure that has no name.
    """
    text = "\n".join(output)
    if "No space left on device" in text:
        return SetupError("disk", "The disk is full.", "Free some space, then run it again.")
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return SetupError(
            "index",
            "The package index's certificate is not trusted.",
            "Name your certificates in SSL_CERT_FILE, then run it again.",
        )
    if _UNREACHABLE.search(text):
        return SetupError(
            "index",
            "pip cannot reach its package index.",
            "Check the network and pip's settings (index, proxy), then run it again.",
        )
    if missing := _NO_MATCH.search(text):
        return SetupError(
            "package",
            f"pip finds no {missing[1]} for this machine.",
            "Check pip's settings (index, constraints), then run it again.",
        )
    return SetupError("pip", "pip failed.", otherwise)


@asynccontextmanager
async def _polling(on_poll: OnPoll | None, watch: Watch) -> AsyncIterator[None]:
    async def keep_polling() -> None:
        while on_poll:
            on_poll(watch)
            await asyncio.sleep(POLL_SECONDS)

    task = asyncio.create_task(keep_polling())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # pip has removed it meanwhile
        return 0
