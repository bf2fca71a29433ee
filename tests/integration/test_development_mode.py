"""`chainlit run app.py` works for development: gate, streaming, a word about what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import numbered

COMMAND = (sys.executable, "-m", "chainlit", "run", "app.py", "--headless")
START_SECONDS = 40.0  # Chainlit's own command imports everything first


async def test_it_streams_a_reply_and_says_what_comes_with_make_chat(
    engine: FakeEngine, tmp_path: Path
) -> None:
    engine.enqueue(numbered("word", 5), to="hello")
    env = {"WARMLINE_ENGINE_URL": engine.url}
    product = Product(tmp_path, env, command=COMMAND)
    env["CHAINLIT_PORT"] = str(product.port)
    await product.start()
    try:
        await product.logs("come with `make chat`", START_SECONDS)
        await product.logs("warmline.readiness: ready", START_SECONDS)
        async with Person(product.url) as person:
            assert "word.4" in await person.ask("hello")
    finally:
        await product.end()
