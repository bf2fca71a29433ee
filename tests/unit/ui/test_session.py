"""What one page's person does, and what the page shows for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.reply_log import ReplyLog
from backend.chat.turn import TurnResult
from backend.errors import EngineBusyError, InterruptedReplyError
from backend.llm.retry import Retry
from backend.readiness.gate import GateState, Phase
from backend.store import address
from backend.store.store import Store
from backend.ui.session import ChatSession
from backend.ui.threads import LiveThreads
from tests.unit.ui.recorded import Around, Browser, says, says_until_stopped

INTERRUPTED = TurnResult(
    outcome=Outcome.INTERRUPTED, numbers=ReplyNumbers(), error=InterruptedReplyError("reset")
)


class Talk:
    """A page, its conversation and an engine that is told what to say."""

    def __init__(self, store: Store, language: str = "en-US") -> None:
        self.around = Around(store)
        self.around.open_gate()
        self.threads = LiveThreads(self.around.services)
        self.browser = Browser(language)
        self.session = self.at(self.browser)

    def at(self, browser: Browser) -> ChatSession:
        """A page of the same process."""
        return ChatSession(self.around.services, browser.page, self.threads)

    async def ask(self, text: str, answer: str = "Hello.", message_id: str = "q1") -> None:
        self.around.runner.scripts.append(says(answer))
        await self.session.answer(message_id, text)
        await self.around.all_turns_end()

    @property
    def prompts(self) -> list[list[str]]:
        return [[m["content"] for m in r.messages] for r in self.around.runner.requests]


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(address.of_file(tmp_path / "history.db"))
    yield store
    await store.close()


@pytest.fixture
def talk(store: Store) -> Talk:
    return Talk(store)


async def test_a_reply_is_shown_with_its_numbers_and_the_composer_is_free(talk: Talk) -> None:
    await talk.ask("Hi")
    assert list(talk.browser.texts.values()) == ["Hello."]
    numbers, again = talk.browser.buttons
    assert numbers["label"] == "first token 0.21 s · 22 tok/s · 12 tokens"
    assert numbers["tooltip"] == "All numbers of this reply"
    assert again["name"] == "regenerate"
    assert not talk.browser.locked


async def test_the_next_question_brings_the_last_answer_along(talk: Talk) -> None:
    await talk.ask("Hi", "Hello.")
    await talk.ask("And now?", "Well.", message_id="q2")
    assert talk.prompts == [["Hi"], ["Hi", "Hello.", "And now?"]]


async def test_the_composer_is_locked_while_a_reply_is_written(talk: Talk) -> None:
    shown = asyncio.Event()
    talk.around.runner.scripts.append(says_until_stopped("Once upon", shown))
    await talk.session.answer("q1", "Tell a story")
    await shown.wait()
    assert talk.browser.locked
    assert talk.session.locked
    await talk.session.stop()
    await talk.around.all_turns_end()
    assert not talk.browser.locked


async def test_stop_keeps_the_text_and_offers_to_continue(talk: Talk) -> None:
    shown = asyncio.Event()
    talk.around.runner.scripts.append(says_until_stopped("Once upon", shown))
    await talk.session.answer("q1", "Tell a story")
    await shown.wait()
    await talk.session.stop()
    await talk.around.all_turns_end()
    assert "Once upon" in talk.browser.texts.values()
    assert "Stopped. What was written is kept." in talk.browser.texts.values()
    assert "continue" in [b["name"] for b in talk.browser.buttons]


async def test_a_message_at_a_closed_gate_is_taken_back_with_its_text(talk: Talk) -> None:
    talk.around.gate.move(GateState(phase=Phase.LOST))
    await talk.session.answer("q1", "Hi")
    assert {"id": "q1"} in talk.browser.sent("delete_message")
    assert {"warmline": "draft", "data": "Hi"} in talk.browser.sent("window_message")
    (sentence,) = talk.browser.texts.values()
    assert "not ready" in sentence
    assert talk.browser.locked
    assert talk.around.runner.requests == []


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x01"])
async def test_a_message_of_nothing_is_refused(talk: Talk, text: str) -> None:
    await talk.session.answer("q1", text)
    (sentence,) = talk.browser.texts.values()
    assert "nothing in this message" in sentence
    assert talk.around.runner.requests == []


async def test_a_message_too_long_for_the_model_is_taken_back_with_its_size(talk: Talk) -> None:
    await talk.session.answer("q1", "x" * 200_000)
    await talk.around.all_turns_end()
    (sentence,) = talk.browser.texts.values()
    assert "200,000 characters" in sentence
    assert {"warmline": "draft", "data": "x" * 200_000} in talk.browser.sent("window_message")
    assert talk.around.runner.requests == []
    assert not talk.browser.locked


async def test_what_was_refused_does_not_enter_the_conversation(talk: Talk) -> None:
    await talk.session.answer("q1", "x" * 200_000)
    await talk.around.all_turns_end()
    await talk.ask("Hi", message_id="q2")
    assert talk.prompts == [["Hi"]]
    assert list(talk.browser.texts.values()) == ["Hello."]


async def test_a_second_message_while_a_reply_is_written_is_refused(talk: Talk) -> None:
    shown = asyncio.Event()
    talk.around.runner.scripts.append(says_until_stopped("Once", shown))
    await talk.session.answer("q1", "One")
    await shown.wait()
    await talk.session.answer("q2", "Two")
    assert any("still being written" in text for text in talk.browser.texts.values())
    assert len(talk.around.runner.requests) == 1
    await talk.session.stop()
    await talk.around.all_turns_end()


async def test_an_interrupted_reply_can_be_continued(talk: Talk) -> None:
    talk.around.runner.scripts += [says("One, two", INTERRUPTED), says(", three")]
    await talk.session.answer("q1", "Count")
    await talk.around.all_turns_end()
    assert any("Interrupted" in text for text in talk.browser.texts.values())
    (go_on, _) = talk.browser.buttons
    assert go_on["label"] == "Continue"

    await talk.session.go_on(go_on["payload"]["message_id"])
    await talk.around.all_turns_end()
    assert list(talk.browser.texts.values()) == ["One, two, three"]
    assert talk.around.runner.requests[-1].continue_last
    assert talk.prompts[-1] == ["Count", "One, two"]


async def test_trying_again_asks_the_same_question_anew(talk: Talk) -> None:
    talk.around.runner.scripts += [says("One", INTERRUPTED), says("Better.")]
    await talk.session.answer("q1", "Count")
    await talk.around.all_turns_end()
    retry = talk.browser.buttons[-1]
    assert retry["label"] == "Try again"
    await talk.session.ask_again(retry["payload"]["message_id"])
    await talk.around.all_turns_end()
    assert list(talk.browser.texts.values()) == ["Better."]
    assert talk.prompts == [["Count"], ["Count"]]


async def test_a_retry_is_announced_and_the_notice_goes_with_the_first_text(talk: Talk) -> None:
    async def busy_then_fine(log: ReplyLog, on_retry):  # type: ignore[no-untyped-def]
        cause = EngineBusyError("503", status=503)
        await on_retry(Retry(num_attempt=3, wait_seconds=4.0, waited_seconds=2.0, cause=cause))
        log.append("Hello.")
        return INTERRUPTED

    talk.around.runner.scripts.append(busy_then_fine)
    await talk.session.answer("q1", "Hi")
    await talk.around.all_turns_end()
    notices = [step["output"] for step in talk.browser.sent("new_message")]
    assert "The model is busy. Trying again in 4 s (3rd try)." in notices
    assert not any("Trying again" in text for text in talk.browser.texts.values())


async def test_an_edited_message_is_answered_anew_and_the_old_answer_goes(talk: Talk) -> None:
    await talk.ask("Hi", "Old.")
    talk.around.runner.scripts.append(says("New."))
    await talk.session.edit("q1", "Hello there")
    await talk.around.all_turns_end()
    assert talk.prompts[-1] == ["Hello there"]
    assert "New." in talk.browser.texts.values()
    assert "Old." not in talk.browser.texts.values()


async def test_an_edit_while_the_reply_is_written_stops_that_first(talk: Talk) -> None:
    shown = asyncio.Event()
    talk.around.runner.scripts += [says_until_stopped("Old", shown), says("New.")]
    await talk.session.answer("q1", "Hi")
    await shown.wait()
    await talk.session.edit("q1", "Hello there")
    await talk.around.all_turns_end()
    assert talk.prompts[-1] == ["Hello there"]
    assert "New." in talk.browser.texts.values()


async def test_an_edit_at_a_closed_gate_puts_the_page_back_as_it_was(talk: Talk) -> None:
    await talk.ask("Hi", "Hello.")
    talk.around.gate.move(GateState(phase=Phase.LOST))
    await talk.session.edit("q1", "Hello there")
    assert talk.browser.texts["q1"] == "Hi"
    assert "Hello." in talk.browser.texts.values()
    assert "not ready" in talk.browser.sent("toast")[-1]["message"]


async def test_a_page_that_missed_the_end_is_shown_it_again_without_doubles(talk: Talk) -> None:
    await talk.ask("Hi", "Hello.")
    await talk.session.page_returned()
    assert list(talk.browser.texts.values()) == ["Hello."]
    assert len(talk.browser.buttons) == 2


async def test_an_empty_reply_is_said_and_can_be_tried_again(talk: Talk) -> None:
    await talk.ask("Hi", "")
    assert list(talk.browser.texts.values()) == [
        "The model ended its reply without a word. You can try again."
    ]
    assert [b["name"] for b in talk.browser.buttons] == ["retry"]


async def test_a_page_in_chinese_is_spoken_to_in_chinese(store: Store) -> None:
    talk = Talk(store, "zh-CN")
    talk.around.gate.move(GateState(phase=Phase.LOST))
    await talk.session.answer("q1", "你好")
    (sentence,) = talk.browser.texts.values()
    assert "模型尚未就绪" in sentence


async def test_a_turn_that_breaks_inside_is_said_without_its_cause(talk: Talk) -> None:
    async def breaks(log: ReplyLog, _: object) -> TurnResult:
        raise RuntimeError("secret inside")

    talk.around.runner.scripts.append(breaks)
    await talk.session.answer("q1", "Hi")
    await talk.around.all_turns_end()
    (sentence,) = talk.browser.texts.values()
    assert "Something went wrong" in sentence
    assert "secret" not in sentence
    assert not talk.browser.locked


async def test_an_edit_that_is_too_long_leaves_everything_as_it_was(talk: Talk) -> None:
    await talk.ask("Hi", "Hello.")
    await talk.session.edit("q1", "x" * 200_000)
    assert talk.browser.texts["q1"] == "Hi"
    assert "Hello." in talk.browser.texts.values()
    assert "200,000 characters" in talk.browser.sent("toast")[-1]["message"]
