"""A conversation keeps what was said, in order."""

from __future__ import annotations

from backend.chat.conversation import Conversation


def talk(*pairs: tuple[str, str]) -> Conversation:
    conversation = Conversation()
    for number, (question, answer) in enumerate(pairs):
        conversation.ask(f"q{number}", question)
        conversation.answer(f"a{number}").text = answer
    return conversation


def test_entries_stay_in_order() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    assert [e.text for e in conversation.entries] == ["one", "1", "two", "2"]


def test_cutting_after_an_entry_returns_what_is_gone() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    gone = conversation.cut_after("q0")
    assert [e.text for e in gone] == ["1", "two", "2"]
    assert [e.text for e in conversation.entries] == ["one"]


def test_cutting_after_an_unknown_entry_changes_nothing() -> None:
    conversation = talk(("one", "1"))
    assert conversation.cut_after("nobody") == []
    assert len(conversation.entries) == 2


def test_cutting_brings_dropped_turns_back_into_the_prompt() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    conversation.num_dropped = 2
    conversation.cut_after("q0")
    assert conversation.num_dropped == 0


def test_the_question_of_a_reply_is_the_one_before_it() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    question = conversation.question_before("a1")
    assert question is not None
    assert question.text == "two"


def test_an_unknown_reply_has_no_question() -> None:
    assert talk(("one", "1")).question_before("nobody") is None


def test_an_entry_can_be_removed() -> None:
    conversation = talk(("one", "1"))
    conversation.remove("a0")
    conversation.remove("a0")
    assert [e.id for e in conversation.entries] == ["q0"]
