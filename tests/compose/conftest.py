"""The stack, built once from a fresh copy of the checkout, and how long it took.

The engine of `tests/compose/engine/` or any other Docker engine has to run: `make test-compose`.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.compose.stack import ComposeStack, copy_checkout
from tests.fakes.browser import RunningBrowser, Tab
from tests.fakes.product import free_port

HUB_TOKEN = "hf_atokenoftheteststhatnohubknows"
# The small model would ramble for minutes.
DOT_ENV = f"""
HF_TOKEN={HUB_TOKEN}
WARMLINE_TEMPERATURE=0
WARMLINE_MAX_TOKENS=40
"""


@dataclass
class Times:
    """Seconds; `None` until measured."""

    build: float | None = None
    first_up: float | None = None
    second_up: float | None = None


TIMES = pytest.StashKey[Times]()


def pytest_configure(config: pytest.Config) -> None:
    """One record for the whole run."""
    config.stash[TIMES] = Times()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how long the stack took."""
    times = config.stash[TIMES]
    for what, seconds in (
        ("images built", times.build),
        ("first up, until the gate is open", times.first_up),
        ("second up, network unplugged, until the gate is open", times.second_up),
    ):
        shown = "not measured" if seconds is None else f"{seconds:.0f} s"
        terminalreporter.write_line(f"Compose: {what}: {shown}")


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> Times:
    """Where measurements go."""
    return request.config.stash[TIMES]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def built(
    tmp_path_factory: pytest.TempPathFactory, times: Times
) -> AsyncIterator[ComposeStack]:
    """The stack, its images built and nothing started; nothing but the images is left behind."""
    checkout = copy_checkout(tmp_path_factory.mktemp("clone") / "warmline")
    (checkout / ".env").write_text(DOT_ENV)
    stack = ComposeStack(checkout, project=f"warmline-test-{os.getpid()}", port=free_port())
    try:
        began_at = time.monotonic()
        await stack.build()
        times.build = time.monotonic() - began_at
        yield stack
    finally:
        await stack.remove()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def up(built: ComposeStack) -> ComposeStack:
    """The stack, started for the first time; its gate perhaps not open yet."""
    await built.up()
    return built


@pytest_asyncio.fixture(loop_scope="session")
async def stack(up: ComposeStack) -> ComposeStack:
    """The stack with its gate open."""
    await up.ready()
    return up


@pytest_asyncio.fixture(loop_scope="session")
async def page(stack: ComposeStack, browser: RunningBrowser, tmp_path: Path) -> AsyncIterator[Tab]:
    """A browser's page at the open chat; a picture of a failure is kept in the test's folder."""
    async with browser.tab(stack.url, screenshot_on_failure=tmp_path / "failure.png") as tab:
        yield tab
