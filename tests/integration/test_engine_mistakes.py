"""A wrong engine URL, key or model: one clear sentence in the page, in both languages, and a log
line that names the variable; never the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.stack import Stack, running_stack

KEY = "sk-a-secret-of-the-tests"


def refuses_the_key(engine: FakeEngine) -> None:
    engine.api_key = "another"


def answers_html(engine: FakeEngine) -> None:
    engine.is_html = True


def serves_another_model(engine: FakeEngine) -> None:
    engine.models = ["Fake-Model", "other"]


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and what is said of it."""

    make: Callable[[FakeEngine], None]
    kind: str
    english: str
    chinese: str
    log: str


MISTAKES = {
    "a wrong key": Mistake(
        refuses_the_key,
        "engine_unauthorized",
        "The model's server refuses the key. Set WARMLINE_ENGINE_API_KEY to the server's key.",
        "模型服务器拒绝了密钥。 请把 WARMLINE_ENGINE_API_KEY 设为服务器的密钥。",
        "WARMLINE_ENGINE_API_KEY: /v1/models answers 401",
    ),
    "a server of HTML": Mistake(
        answers_html,
        "not_an_engine",
        "What answers is not an OpenAI-compatible model server. Check WARMLINE_ENGINE_URL: "
        "it is the server's base URL and ends in /v1.",
        "应答的不是兼容 OpenAI 的模型服务器。 请检查 WARMLINE_ENGINE_URL：它是服务器的基础地址，"
        "以 /v1 结尾。",
        "WARMLINE_ENGINE_URL: /v1/models holds no model list",
    ),
    "a wrong model": Mistake(
        serves_another_model,
        "model_not_found",
        "The model named in WARMLINE_MODEL is not served. Served: Fake-Model, other. "
        "Set WARMLINE_MODEL to one of these names, or leave it out.",
        "没有提供 WARMLINE_MODEL 指定的模型。可用的模型：Fake-Model、other。 "
        "请把 WARMLINE_MODEL 设为其中之一，或不设置。",
        "WARMLINE_MODEL is 'fake-model', and ('Fake-Model', 'other') are served",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    env = {"WARMLINE_MODEL": "fake-model", "WARMLINE_ENGINE_API_KEY": KEY}
    data_dir = tmp_path_factory.mktemp("data")
    async with running_stack(data_dir, env, engine_is_open=False) as stack:
        yield stack


def problem(person: Person) -> str:
    """What the card says is wrong, and what to do."""
    shown = person.page.gate.get("problem") or {"message": "", "advice": ""}
    return f"{shown['message']} {shown['advice']}"


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
async def test_each_gets_a_clear_sentence_until_it_is_mended(
    mistake: Mistake, stack: Stack
) -> None:
    engine, chat = stack.engine, stack.chat
    await engine.close()
    engine.reset()
    mistake.make(engine)
    await engine.open()

    body = await chat.shows(lambda body: body["problem"], "a problem")
    assert body["problem"]["kind"] == mistake.kind
    assert f"{body['problem']['message']} {body['problem']['advice']}" == mistake.english
    await chat.logs(mistake.log)
    async with Person(chat.url) as person, Person(chat.url, language="zh-CN") as chinese_person:
        await person.until(lambda: problem(person) == mistake.english, mistake.english)
        await chinese_person.until(
            lambda: problem(chinese_person) == mistake.chinese, mistake.chinese
        )
        assert person.page.loading
        assert engine.requests == []

        engine.reset()
        engine.api_key = KEY
        await person.sees_gate(open=True)
        assert await person.ask("Hello") == "Hello from the engine."
        assert KEY not in str(person.events)
    assert KEY not in "\n".join(chat.log)
    assert KEY not in (await chat.get("/readyz"))[1]


async def test_several_models_and_none_chosen_are_listed(tmp_path: Path) -> None:
    async with running_stack(tmp_path, engine_is_open=False) as stack:
        stack.engine.models = ["small", "large"]
        await stack.engine.open()
        async with Person(stack.chat.url) as person:
            await person.until(
                lambda: (
                    problem(person) == "The server offers several models: small, large. "
                    "Set WARMLINE_MODEL to one of these names."
                )
            )
            assert person.page.loading


@pytest.fixture
def products(tmp_path: Path) -> Callable[[str], Product]:
    def product(engine_url: str) -> Product:
        data_dir = tmp_path / str(abs(hash(engine_url)))
        return Product(data_dir, {"WARMLINE_ENGINE_URL": engine_url})

    return product


async def test_the_engines_url_is_taken_with_and_without_its_v1_and_a_last_slash(
    products: Callable[[str], Product],
) -> None:
    async with FakeEngine() as engine, AsyncExitStack() as on_exit:
        urls = [engine.root_url, f"{engine.root_url}/", f"{engine.url}/"]
        chats = await asyncio.gather(*(on_exit.enter_async_context(products(url)) for url in urls))
        await asyncio.gather(*(chat.ready() for chat in chats))
        for chat in chats:
            async with Person(chat.url) as person:
                assert await person.ask("Hello") == "Hello from the engine."


async def test_a_typing_mistake_in_the_engines_host_or_scheme_is_named(
    products: Callable[[str], Product],
) -> None:
    async with FakeEngine() as engine, AsyncExitStack() as on_exit:
        urls = ["http://no-such-host.invalid:8001/v1", engine.url.replace("http:", "https:")]
        unknown, wrong_scheme = await asyncio.gather(
            *(on_exit.enter_async_context(products(url)) for url in urls)
        )
        async with Person(unknown.url) as person:
            await person.until(
                lambda: (
                    problem(person) == "The host name of the model's server is not known. "
                    "Check WARMLINE_ENGINE_URL for a typing mistake."
                ),
                within_seconds=15,
            )
            assert "no-such-host" not in person.page.text()
        await unknown.logs("WARMLINE_ENGINE_URL: no address for 'no-such-host.invalid'")
        async with Person(wrong_scheme.url) as person:
            await person.until(lambda: "Check WARMLINE_ENGINE_URL" in problem(person))
