"""`make demo`: the chat's page first, then the engine, installed and started while people watch.

    set-up: the chat ─→ chat process, URL
                        set-up: the engine, the model (seen on /status) ─→ launcher ─→ vLLM

The chat's end is the demo's; a launcher that ends is started again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import BinaryIO

from backend.setup.addresses import (
    Addresses,
    chat_environment,
    choose_addresses,
    launcher_environment,
)
from backend.setup.children import Child
from backend.setup.console import Console
from backend.setup.engines import Engine
from backend.setup.errors import SetupError
from backend.setup.layout import Layout, python_of
from backend.setup.status_page import StatusPage
from backend.setup.steps import SetUp, Step, StepProgress, due

TRY_AGAIN_SECONDS = 30.0
CHAT_GRACE_SECONDS = 12.0  # longer than the chat's own, in which open streams get a last word
LAUNCHER_GRACE_SECONDS = 20.0
POLL_SECONDS = 0.1

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 1.0, 30.0
STEADY_SECONDS = 60.0  # a launcher that ran for so long failed anew, not again

Start = Callable[[], Awaitable[Child]]
Sleep = Callable[[float], Awaitable[None]]


class Demo:
    """Runs the chat and, as soon as they are there, the engine and its model.

    Args:
        layout: of the checkout.
        inherited: the person's environment, which the chat gets.
        environment: the same and what `.env` adds, which decides over the rest.
        console: what the person sees.
        steps: all of set-up; the chat's is the first.
        engine: the one that is started.
        sleep: waits seconds.
    """

    def __init__(
        self,
        layout: Layout,
        inherited: Mapping[str, str],
        environment: Mapping[str, str],
        console: Console,
        steps: Sequence[Step],
        *,
        engine: Engine,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._inherited = inherited
        self._environment = environment
        self._console = console
        self._steps = steps
        self._setup = SetUp(steps, self._observe, sleep=sleep)
        self._page = StatusPage()
        self._sleep = sleep
        self.was_up = False

    async def run(self) -> int:
        """Run until the chat ends; its exit code.

        Cancelled, it stops everything first. `was_up` says whether the chat had been started.

        Raises:
            SetupError: The chat cannot be installed, or a port does not parse.
        """
        addresses = choose_addresses(self._environment, self._console.say)
        await self._setup.make(self._steps[0])
        chat = await self._start_chat(addresses)
        engine = asyncio.create_task(self._run_engine(addresses))
        ended = asyncio.create_task(chat.wait())
        try:
            await self._announce(addresses, ended)
            await asyncio.wait({ended, engine}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                engine.result()  # raises: it runs for ever
            code = ended.result()
            self._console.say(f"The chat ended (exit code {code}).")
            return code if code >= 0 else 128 - code
        finally:
            self._console.say("Stopping …")
            engine.cancel()
            await asyncio.gather(chat.stop(CHAT_GRACE_SECONDS), engine, return_exceptions=True)
            ended.cancel()

    def _observe(self, progress: StepProgress) -> None:
        self._console.show(progress)
        self._page.show(progress)

    async def _start_chat(self, addresses: Addresses) -> Child:
        self._console.share()
        self.was_up = True
        return await Child.start(
            (python_of(self._layout.chat), "-m", "backend"),
            env=chat_environment(self._inherited, addresses),
            folder=self._layout.root,
        )

    async def _announce(self, addresses: Addresses, ended: asyncio.Task[int]) -> None:
        """Say the URL as soon as it can be opened."""
        while not ended.done() and not await _accepts(addresses):
            await self._sleep(POLL_SECONDS)
        if not ended.done():
            self._console.say(f"Open {addresses.chat_url} (Ctrl-C here stops chat and engine)")

    async def _run_engine(self, addresses: Addresses) -> None:
        if due(self._steps):
            await self._install(addresses)
        log_path = self._layout.log_file("vllm")
        self._console.say(
            f"Starting the engine; its log is {log_path.relative_to(self._layout.root)}"
        )
        self._layout.run.mkdir(parents=True, exist_ok=True)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("wb") as log:
            await keep_running(
                lambda: self._start_launcher(addresses, log), self._console.say, sleep=self._sleep
            )

    async def _install(self, addresses: Addresses) -> None:
        """Install what the engine needs, seen on the status page; try again until it works."""
        async with self._page.serving(addresses.status_host, addresses.status_port):
            while True:
                try:
                    await self._setup.make_all()
                except SetupError as error:
                    self._page.fail(error)
                    self._console.say(f"{error} (Trying again in {TRY_AGAIN_SECONDS:g} s.)")
                    await self._sleep(TRY_AGAIN_SECONDS)
                else:
                    return

    async def _start_launcher(self, addresses: Addresses, log: BinaryIO) -> Child:
        return await Child.start(
            (python_of(self._engine.venv), "-m", "backend.launcher"),
            env=launcher_environment(self._environment, addresses, self._layout, self._engine),
            folder=self._layout.run,
            output=log,
        )


async def _accepts(addresses: Addresses) -> bool:
    """Whether the chat's port can be connected to."""
    try:
        _, writer = await asyncio.open_connection(addresses.chat_host, addresses.chat_port)
    except OSError:
        return False
    writer.close()
    return True


async def keep_running(
    start: Start,
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Start the launcher, again and again when it ends, at first at once and then more slowly.

    Args:
        start: starts it.
        say: told of each end.
        clock: monotonic seconds.
        sleep: waits seconds.
    """
    delay_seconds = FIRST_DELAY_SECONDS
    while True:
        started_at = clock()
        launcher = await start()
        try:
            code = await launcher.wait()
        finally:
            await launcher.stop(LAUNCHER_GRACE_SECONDS)
        if clock() - started_at >= STEADY_SECONDS:
            delay_seconds = FIRST_DELAY_SECONDS
        say(f"The launcher ended (exit code {code}); starting it again in {delay_seconds:g} s.")
        await sleep(delay_seconds)
        delay_seconds = min(2 * delay_seconds, LONGEST_DELAY_SECONDS)
