"""A prompt fits the model's context, and its prefix stays the same as long as it can."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend.chat import prompt
from backend.chat.conversation import Conversation
from backend.errors import EmptyMessageError, MessageTooLongError
from backend.llm.client import Message

WORDS = "word " * 40


async def nobody_counts(messages: Sequence[Message]) -> int | None:
    return None


def long_talk(num_turns: int) -> Conversation:
    conversation = Conversation()
    for number in range(num_turns):
        conversation.ask(f"q{number}", f"{number} {WORDS}")
        conversation.answer(f"a{number}").text = f"{number} {WORDS}"
    conversation.ask("last", "and now?")
    return conversation


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x07", " \r\n "])
def test_a_message_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(EmptyMessageError):
        prompt.clean(text)


def test_control_characters_are_taken_out() -> None:
    assert prompt.clean("a\x00b\x1b[31mc\x7f\x85d") == "ab[31mcd"


def test_tabs_and_lines_stay() -> None:
    assert prompt.clean("a\tb\r\nc\rd") == "a\tb\nc\nd"


async def test_a_short_conversation_is_sent_whole_with_the_system_prompt_first() -> None:
    conversation = long_talk(1)
    messages = await prompt.fit(conversation, "Be brief.", prompt.Budget(4096), nobody_counts)
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[0]["content"] == "Be brief."
    assert messages[-1]["content"] == "and now?"


async def test_a_question_whose_reply_failed_goes_with_the_next_one() -> None:
    conversation = Conversation()
    conversation.ask("q0", "And the moon?")
    conversation.answer("a0")
    conversation.ask("q1", "Are you there?")
    conversation.answer("a1")
    messages = await prompt.fit(conversation, "Be brief.", prompt.Budget(4096), nobody_counts)
    assert messages[1:] == [{"role": "user", "content": "And the moon?\n\nAre you there?"}]


async def test_without_a_known_context_nothing_is_dropped() -> None:
    conversation = long_talk(50)
    messages = await prompt.fit(conversation, "", prompt.Budget(None), nobody_counts)
    assert len(messages) == 101


async def test_a_full_context_drops_the_oldest_turns_and_keeps_the_question() -> None:
    conversation = long_talk(30)
    messages = await prompt.fit(conversation, "Be brief.", prompt.Budget(1024), nobody_counts)
    assert messages[0]["content"] == "Be brief."
    assert messages[-1]["content"] == "and now?"
    assert messages[1]["role"] == "user"
    assert prompt.estimate(messages) <= 1024


async def test_after_a_drop_the_prefix_stays_the_same_for_several_turns() -> None:
    conversation = long_talk(30)
    budget = prompt.Budget(1024)
    first = await prompt.fit(conversation, "Be brief.", budget, nobody_counts)
    conversation.answer("r").text = WORDS
    conversation.ask("next", "more?")
    second = await prompt.fit(conversation, "Be brief.", budget, nobody_counts)
    assert second[: len(first)] == first


async def test_a_message_larger_than_the_context_is_refused_with_its_size() -> None:
    conversation = Conversation()
    conversation.ask("q", "x" * 200_000)
    with pytest.raises(MessageTooLongError) as refused:
        await prompt.fit(conversation, "", prompt.Budget(8192), nobody_counts)
    assert refused.value.values["num_characters"] == 200_000
    assert refused.value.values["limit_tokens"] == 8192 - prompt.MIN_REPLY_TOKENS
    size = refused.value.values["num_tokens"]
    assert isinstance(size, int)
    assert size > 8192


async def test_near_the_limit_the_engine_counts() -> None:
    asked: list[int] = []

    async def engine_counts(messages: Sequence[Message]) -> int | None:
        asked.append(len(messages))
        return 100

    conversation = long_talk(9)
    size = prompt.estimate(prompt.messages_of(conversation, ""))
    messages = await prompt.fit(conversation, "", prompt.Budget(size), engine_counts)
    assert asked == [19]
    assert len(messages) == 19


async def test_far_below_the_limit_nobody_is_asked() -> None:
    async def must_not_count(messages: Sequence[Message]) -> int | None:
        raise AssertionError

    messages = await prompt.fit(long_talk(1), "", prompt.Budget(8192), must_not_count)
    assert len(messages) == 3


async def test_a_reply_to_be_continued_is_the_last_message() -> None:
    conversation = Conversation()
    conversation.ask("q", "Count to ten.")
    conversation.answer("a").text = "1, 2, 3"
    messages = await prompt.fit(conversation, "", prompt.Budget(4096), nobody_counts)
    assert messages[-1] == {"role": "assistant", "content": "1, 2, 3"}


def test_a_reply_limit_leaves_its_room() -> None:
    assert prompt.Budget(4096, max_tokens=512).prompt_tokens == 4096 - 512


def test_a_reply_limit_takes_at_most_half_of_the_context() -> None:
    assert prompt.Budget(4096, max_tokens=4000).prompt_tokens == 2048
