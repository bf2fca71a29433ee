"""The compose stack without a GPU, out of a fresh copy of the checkout, on a real Docker engine.

stack = ComposeStack(checkout, project="try", port=8010)
await stack.build()
await stack.up()
await stack.ready()
await stack.remove()
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
GPU = (Path("docker-compose.yml"),)
CPU = (*GPU, Path("docker-compose.cpu.yml"))
NO_NAMES = Path(__file__).with_name("no-names.yml").resolve()
NOT_COPIED = (
    ".git",
    ".warmline",
    ".gpu",
    ".env",
    "data",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    ".files",
)
OURS = ("WARMLINE_", "COMPOSE_", "HF_", "VLLM_", "SSL_")  # what a developer has set stays outside

BUILD_SECONDS = 900.0
COMMAND_SECONDS = 120.0
READY_SECONDS = 180.0  # the contract's times are for idle cores
CLOSED_SECONDS = 15.0  # the contract's
ASK_AGAIN_SECONDS = 0.2


def copy_checkout(target: Path) -> Path:
    """What somebody has who has just cloned the project; returns the copy."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return target


class ComposeStack:
    """Runs `docker compose` in a checkout, and asks the chat how far it is.

    Args:
        checkout: a copy of the project.
        project: Compose's name for the stack; containers and volumes are its own.
        port: where the chat is published on this machine.
    """

    def __init__(self, checkout: Path, *, project: str, port: int) -> None:
        self.checkout = checkout
        self.project = project
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    # -- docker -----------------------------------------------------------------------------------

    async def compose(
        self,
        *arguments: str,
        files: Sequence[Path] = CPU,
        env: Mapping[str, str] | None = None,
        within_seconds: float = COMMAND_SECONDS,
    ) -> str:
        """Run `docker compose` with these files; its output.

        Raises:
            CommandError: it failed.
        """
        named = [word for file in files for word in ("-f", str(file))]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        given = {"WARMLINE_PORT": str(self._port), **(env or {})}
        command = ("docker", "compose", "--ansi=never", "-p", self.project, *named, *arguments)
        return await run(command, self.checkout, {**inherited, **given}, within_seconds)

    async def build(self) -> None:
        """Build all images, of which layers may be there already."""
        await self.compose("--progress=plain", "build", within_seconds=BUILD_SECONDS)

    async def up(self, *, files: Sequence[Path] = CPU) -> None:
        """What a person types, but for `-d`: returns when all containers are started."""
        await self.compose("up", "-d", files=files)

    async def down(self) -> None:
        """Stop and remove the containers; volumes stay."""
        await self.compose("down")

    async def remove(self) -> None:
        """Leave nothing of the stack but its images."""
        await self.compose("down", "--volumes", "--timeout", "5")

    async def config(
        self, files: Sequence[Path] = CPU, env: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The configuration as Compose resolves it."""
        text = await self.compose("config", "--format", "json", files=files, env=env)
        resolved: dict[str, Any] = json.loads(text)
        return resolved

    async def inspect(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        ids = await self.compose("ps", "--all", "--quiet", service)
        [container] = json.loads(await run(("docker", "inspect", ids.strip()), self.checkout))
        assert isinstance(container, dict)
        return container

    async def execute(self, service: str, *command: str) -> str:
        """Run a command in a service's container; its output."""
        return await self.compose("exec", "-T", service, *command)

    async def logs(self, service: str) -> str:
        """All that a service's container has written."""
        return await self.compose("logs", "--no-log-prefix", service)

    # -- the chat ---------------------------------------------------------------------------------

    async def readyz(self) -> dict[str, Any]:
        """The JSON of /readyz; empty while the chat does not answer."""
        try:
            async with aiohttp.request("GET", f"{self.url}/readyz") as response:
                body: dict[str, Any] = await response.json()
                return body
        except aiohttp.ClientError:
            return {}

    async def ready(self, within_seconds: float = READY_SECONDS) -> None:
        """Return when the gate is open."""
        await self._until(lambda body: body.get("ready") is True, within_seconds)

    async def closed(self, within_seconds: float = CLOSED_SECONDS) -> None:
        """Return when the gate is closed."""
        await self._until(lambda body: body.get("ready") is False, within_seconds)

    async def _until(self, holds: Callable[[dict[str, Any]], bool], within_seconds: float) -> None:
        body: dict[str, Any] = {}
        try:
            async with asyncio.timeout(within_seconds):
                # another process has no event to await
                while not holds(body := await self.readyz()):  # noqa: ASYNC110
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
        except TimeoutError:
            raise AssertionError(f"not within {within_seconds:g} s: {body}") from None


class CommandError(AssertionError):
    """A command ended with a status other than 0; `output` is what it wrote."""

    def __init__(self, command: Sequence[str], status: int, output: str) -> None:
        super().__init__(f"{' '.join(command)} ended with {status}:\n{output[-4000:]}")
        self.output = output


async def run(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str] = os.environ,
    within_seconds: float = COMMAND_SECONDS,
) -> str:
    """Run a command; what it wrote, errors included if it failed.

    Raises:
        CommandError: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        env=dict(env),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    waiting: Awaitable[tuple[bytes, bytes]] = process.communicate()
    try:
        output, errors = await asyncio.wait_for(waiting, within_seconds)
    except TimeoutError:
        process.kill()
        raise AssertionError(f"not within {within_seconds:g} s: {' '.join(command)}") from None
    if process.returncode:
        raise CommandError(command, process.returncode, (output + errors).decode())
    return output.decode()
