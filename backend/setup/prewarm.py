"""`make prewarm`: everything that the next start needs, fetched and filled the evening before.

set-up ─→ is the next start warm already? ─→ launcher ─→ vLLM
backend.prewarm, in the chat's environment
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from backend.setup.addresses import chat_environment, choose_addresses, launcher_environment
from backend.setup.children import Child
from backend.setup.console import Console
from backend.setup.demo import LAUNCHER_GRACE_SECONDS
from backend.setup.engines import Engine
from backend.setup.errors import SetupError
from backend.setup.layout import Layout, python_of

CLIENT_GRACE_SECONDS = 5.0


class Prewarm:
    """Fills the caches of one engine; set-up is done.

    Args:
        layout: of the checkout.
        inherited: the person's environment, which the chat gets.
        environment: the same and what `.env` adds.
        console: what the person sees.
        engine: whose caches.
    """

    def __init__(
        self,
        layout: Layout,
        inherited: Mapping[str, str],
        environment: Mapping[str, str],
        console: Console,
        engine: Engine,
    ) -> None:
        self._layout = layout
        self._inherited = inherited
        self._environment = environment
        self._console = console
        self._python = python_of(engine.venv)
        self._engine = engine

    async def run(self) -> int:
        """Run to the end; the exit code. Cancelled, it stops everything first.

        Raises:
            SetupError: The launcher ended, or a port does not parse.
        """
        addresses = choose_addresses(self._environment, self._console.say)
        env = launcher_environment(self._environment, addresses, self._layout, self._engine)
        self._layout.run.mkdir(parents=True, exist_ok=True)
        self._console.share()
        if await self._is_warm(env):
            return 0
        log_path = self._layout.log_file("vllm")
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("wb") as log:
            launcher = await Child.start(
                (self._python, "-m", "backend.launcher"),
                env=env,
                folder=self._layout.run,
                output=log,
            )
            try:
                client_env = chat_environment(self._inherited, addresses)
                return await self._fill(launcher, client_env, env["WARMLINE_CACHE_DIR"])
            finally:
                await launcher.stop(LAUNCHER_GRACE_SECONDS)

    async def _is_warm(self, env: Mapping[str, str]) -> bool:
        """Whether there is nothing to do, which is then said."""
        check = await Child.start(
            (self._python, "-m", "backend.launcher.prewarmed"), env=env, folder=self._layout.run
        )
        return await check.wait() == 0

    async def _fill(self, launcher: Child, env: Mapping[str, str], cache_dir: str) -> int:
        options = ("--launcher-pid", str(launcher.pid), "--cache-dir", cache_dir)
        client = await Child.start(
            (python_of(self._layout.chat), "-m", "backend.prewarm", *options),
            env=env,
            folder=self._layout.root,
        )
        ends = [asyncio.create_task(child.wait()) for child in (client, launcher)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not ends[0].done():
                log_name = self._layout.log_file("vllm").relative_to(self._layout.root)
                reason = f"Its log is {log_name}."
                raise SetupError("launcher", "The engine's launcher ended.", reason)
            return ends[0].result()
        finally:
            for end in ends:
                end.cancel()
            await client.stop(CLIENT_GRACE_SECONDS)
