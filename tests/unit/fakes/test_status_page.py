"""The fake launcher says what it is told."""

from __future__ import annotations

import asyncio

import aiohttp

from tests.fakes.status_page import StatusPage


async def test_it_shows_phases_and_problems(http: aiohttp.ClientSession) -> None:
    async with StatusPage() as page:
        page.show("compiling", progress=0.6, detail="Compiling the model.")
        async with http.get(page.url) as response:
            body = await response.json()
        assert (body["phase"], body["progress"], body["ready"]) == ("compiling", 0.6, False)

        page.fail("out_of_memory", "The card is full.", "Lower the context.")
        async with http.get(page.url) as response:
            body = await response.json()
        assert body["phase"] == "failed"
        assert body["problem"]["advice"] == "Lower the context."


async def test_asked_returns_when_the_page_was_read_twice(http: aiohttp.ClientSession) -> None:
    async with StatusPage() as page:
        asked = asyncio.create_task(page.asked())
        for _ in range(2):
            await asyncio.sleep(0)
            assert not asked.done()
            await (await http.get(page.url)).read()
        await asked
