"""The processes that are measured, and what Linux says about each."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from backend.bench.frontend import engine

ROOT = Path(__file__).resolve().parents[3]
COOKBOOK = Path(__file__).with_name("cookbook_app.py")
START_SECONDS = 60.0
END_SECONDS = 15.0
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_OURS = ("WARMLINE_", "CHAINLIT_")  # what a developer has set must not reach the bench


@dataclass(frozen=True, slots=True)
class Process:
    """A running server on loopback."""

    name: str
    pid: int
    port: int

    @property
    def url(self) -> str:
        """Of its root."""
        return f"http://{engine.HOST}:{self.port}"

    @property
    def cpu_seconds(self) -> float:
        """CPU time since its start, user and system (`proc(5)`, fields 14 and 15 of `stat`)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    @property
    def resident_bytes(self) -> int:
        """Memory that it holds now and shares with no other process (`smaps_rollup`)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        private = (line for line in rollup.splitlines() if line.startswith("Private_"))
        return 1024 * sum(int(line.split()[1]) for line in private)


@asynccontextmanager
async def running_engine() -> AsyncIterator[Process]:
    """The engine without a model."""
    port = free_port()
    command = (sys.executable, "-m", engine.__name__, "--port", str(port))
    async with _running("engine", command, port, "/health", cwd=ROOT) as process:
        yield process


@asynccontextmanager
async def running_ours(
    engine_url: str,
    data_dir: Path,
    *,
    name: str = "ours",
    root: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    start_seconds: float = START_SECONDS,
) -> AsyncIterator[Process]:
    """Our chat, ready, as `make chat` starts it.

    Args:
        engine_url: ends in `/v1`.
        data_dir: for what it writes.
        name: of the process.
        root: may be another checkout of it.
        settings: more of them.
        start_seconds: how long its start, and the engine's warm-up, may take.
    """
    port = free_port()
    env = {
        "WARMLINE_PORT": str(port),
        "WARMLINE_ENGINE_URL": engine_url,
        "WARMLINE_DATA_DIR": str(data_dir),
        "WARMLINE_LOG_LEVEL": "warning",
        **(settings or {}),
    }
    command = (sys.executable, "-m", "backend")
    async with _running(
        name, command, port, "/readyz", cwd=root, env=env, start_seconds=start_seconds
    ) as process:
        yield process


@asynccontextmanager
async def running_cookbook(engine_url: str, folder: Path) -> AsyncIterator[Process]:
    """The cookbook's chat, as `chainlit run` starts it."""
    port = free_port()
    env = {
        "BENCH_ENGINE_URL": engine_url,
        "BENCH_MODEL": engine.MODEL,
        "CHAINLIT_APP_ROOT": str(folder),
    }
    chainlit = str(Path(sys.executable).with_name("chainlit"))
    command = (chainlit, "run", str(COOKBOOK), "--headless", "--port", str(port))
    async with _running("cookbook", command, port, "/", cwd=folder, env=env) as process:
        yield process


@asynccontextmanager
async def _running(
    name: str,
    command: Sequence[str],
    port: int,
    ready_path: str,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    start_seconds: float = START_SECONDS,
) -> AsyncIterator[Process]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**inherited, **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=sys.stderr,
        start_new_session=True,
    )
    try:
        process = Process(name, child.pid, port)
        await _answers(child, process.url + ready_path, start_seconds)
        yield process
    finally:
        await _end(child)


async def _answers(child: asyncio.subprocess.Process, url: str, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        # another process has no event to await
        while not await asyncio.to_thread(_is_ok, url):
            if child.returncode is not None:
                raise RuntimeError(f"{url}: its process ended with status {child.returncode}")
            await asyncio.sleep(0.1)


def _is_ok(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the process and its group, politely first."""
    with suppress(ProcessLookupError, TimeoutError):
        os.killpg(child.pid, signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            await child.wait()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind((engine.HOST, 0))
        port: int = sock.getsockname()[1]
        return port
