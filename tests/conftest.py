"""Fixtures of the integration and end-to-end tests: the real product between scripted fakes.

One product serves every module that does not bring a `stack` of its own:

    @pytest_asyncio.fixture(scope="module", loop_scope="session")
    async def stack(tmp_path_factory):
        async with running_stack(tmp_path_factory.mktemp("data"), {"WARMLINE_…": "…"}) as stack:
            yield stack

Unit tests use none of these.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.browser import RunningBrowser, Tab, open_browser
from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.stack import Stack, running_stack
from tests.fakes.status_page import StatusPage

WITH_A_PRODUCT = {"integration", "e2e", "chaos"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a product run in one event loop: the fakes that serve it live there."""
    one_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if WITH_A_PRODUCT & set(item.path.parts) and pytest_asyncio.is_async_test(item):
            item.add_marker(one_loop, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The product with its settings as they are by default."""
    async with running_stack(tmp_path_factory.mktemp("data")) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def engine(stack: Stack) -> FakeEngine:
    """The engine: healthy, with nothing enqueued and nothing remembered."""
    engine = stack.engine
    was_healthy = engine.is_healthy
    engine.reset()
    await engine.open()
    if not was_healthy and (await stack.chat.readyz())["ready"]:
        await engine.looked_at()  # the gate has not seen yet what is gone again
    return engine


@pytest.fixture
def status_page(stack: Stack) -> StatusPage:
    """The launcher's page; read by the product where the stack `has_launcher`."""
    stack.status_page.reset()
    return stack.status_page


@pytest_asyncio.fixture(loop_scope="session")
async def chat(stack: Stack, engine: FakeEngine) -> Product:
    """The product with its gate open."""
    await stack.chat.ready()
    return stack.chat


@pytest_asyncio.fixture(loop_scope="session")
async def person(chat: Product) -> AsyncIterator[Person]:
    """A person at the open chat."""
    async with Person(chat.url) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def other_person(chat: Product) -> AsyncIterator[Person]:
    """Another person, at the same time."""
    async with Person(chat.url) as person:
        yield person


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[RunningBrowser]:
    """Chromium; each tab has a profile of its own."""
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(chat: Product, browser: RunningBrowser, tmp_path: Path) -> AsyncIterator[Tab]:
    """A browser's page at the open chat; a picture of a failure is kept in the test's folder."""
    async with browser.tab(chat.url, screenshot_on_failure=tmp_path / "failure.png") as tab:
        yield tab
