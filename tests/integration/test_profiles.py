"""What a chat is for: each profile asks the engine in its own way, and a thread keeps its own."""

from __future__ import annotations

from typing import Any

import pytest

from config.branding import load_branding
from config.presets import load_presets
from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.records import ChatRequest

PRESETS = load_presets()
CODE = PRESETS.profile("code")
SENT_ALWAYS = {"model", "messages", "stream", "stream_options"}


def chosen(request: ChatRequest) -> dict[str, Any]:
    return {name: value for name, value in request.body.items() if name not in SENT_ALWAYS}


async def restart(chat: Product) -> None:
    await chat.end()
    await chat.start()
    await chat.healthy()
    await chat.ready()


async def test_the_first_profile_leaves_all_to_the_engine(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("Hello")
    (request,) = engine.asked("Hello")
    assert chosen(request) == {}
    assert request.said == ["Hello"]


@pytest.mark.parametrize("profile", PRESETS.profiles, ids=lambda profile: profile.name)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_profile_sends_its_own_system_prompt_and_sampling(
    engine: FakeEngine, chat: Product, profile: Any, language: str
) -> None:
    async with Person(chat.url, language=language, profile=profile.name) as person:
        await person.ask("Hello")
    (request,) = engine.asked("Hello")
    prompt = profile.words(language).system_prompt
    assert request.said == ([prompt] if prompt else []) + ["Hello"]
    sampling = {"temperature": profile.temperature, "top_p": profile.top_p}
    assert chosen(request) == {k: v for k, v in sampling.items() if v is not None}


async def test_a_thread_keeps_the_profile_and_the_language_that_it_began_with(
    engine: FakeEngine, chat: Product
) -> None:
    async with Person(chat.url, language="zh-CN", profile="code") as person:
        await person.ask("first")
        thread_id = person.page.thread_id
    await restart(chat)
    async with Person(chat.url, language="en", profile="chat") as person:
        await person.open(thread_id)
        await person.button("regenerate")
        assert person.page.profile == "code"
        await person.ask("second")
    assert engine.asked("second")[0].said[0] == CODE.words("zh-CN").system_prompt


async def test_a_profile_that_is_not_known_is_the_first_one(
    engine: FakeEngine, chat: Product
) -> None:
    async with Person(chat.url, profile="../../etc <script>") as person:
        await person.ask("Hello")
    assert engine.asked("Hello")[0].said == ["Hello"]


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
async def test_the_page_offers_every_profile_with_starters_of_its_own(
    chat: Product, person: Person, language: str
) -> None:
    status, settings = await person.request("GET", f"/project/settings?language={language}")
    assert status == 200
    offered = settings["chatProfiles"]
    words = [profile.words(language) for profile in PRESETS.profiles]
    usual = [question.words(language) for question in load_branding().starters]
    assert [one["name"] for one in offered] == [profile.name for profile in PRESETS.profiles]
    assert [one["display_name"] for one in offered] == [each.title for each in words]
    assert [[s["message"] for s in one["starters"]] for one in offered] == [
        [starter.message for starter in each.starters or usual] for each in words
    ]
    assert [one["default"] for one in offered] == [True, False, False, False]


async def test_the_warm_up_sends_what_the_profiles_send(engine: FakeEngine, chat: Product) -> None:
    engine.requests.clear()
    await restart(chat)
    sent = {(r.body.get("temperature"), r.body.get("top_p")) for r in engine.requests}
    assert sent == {(profile.temperature, profile.top_p) for profile in PRESETS.profiles}
