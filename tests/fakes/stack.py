"""The product between its fakes: an engine below, a launcher's status page beside it.

async with running_stack(tmp_path) as stack:
    await stack.chat.ready()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.engine import FakeEngine
from tests.fakes.product import Product
from tests.fakes.status_page import StatusPage


@dataclass(frozen=True)
class Stack:
    """A running product, its engine and its launcher."""

    engine: FakeEngine
    status_page: StatusPage
    chat: Product


@asynccontextmanager
async def running_stack(
    data_dir: Path,
    env: Mapping[str, str] | None = None,
    *,
    engine_is_open: bool = True,
    has_launcher: bool = False,
) -> AsyncIterator[Stack]:
    """Start all, with the settings of `env`; the product is healthy, the gate perhaps not open."""
    async with AsyncExitStack() as on_exit:
        engine = await on_exit.enter_async_context(FakeEngine())
        status_page = await on_exit.enter_async_context(StatusPage())
        if not engine_is_open:
            await engine.close()
        settings = {"WARMLINE_ENGINE_URL": engine.url}
        if has_launcher:
            settings["WARMLINE_STATUS_URL"] = status_page.url
        chat = await on_exit.enter_async_context(Product(data_dir, settings | dict(env or {})))
        yield Stack(engine, status_page, chat)
