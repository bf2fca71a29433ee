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


def test_what_is_before_an_entry_is_a_conversation_of_its_own() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    before = conversation.before("q1")
    assert [e.text for e in before.entries] == ["one", "1"]
    before.ask("q2", "three")
    assert [e.text for e in conversation.entries] == ["one", "1", "two", "2"]


def test_before_an_unknown_entry_is_everything() -> None:
    assert len(talk(("one", "1")).before("nobody").entries) == 2


def test_dropped_turns_come_back_into_the_prompt_when_what_followed_them_goes() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    conversation.num_dropped = 2
    assert conversation.before("a0").num_dropped == 1


def test_the_last_id_of_nothing_is_empty() -> None:
    assert talk().last_id == ""
    assert talk(("one", "1")).last_id == "a0"


def test_the_question_of_a_reply_is_the_one_before_it() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    question = conversation.question_before("a1")
    assert question is not None
    assert question.text == "two"


def test_an_unknown_reply_has_no_question() -> None:
    assert talk(("one", "1")).question_before("nobody") is None


def test_a_conversation_is_called_by_the_beginning_of_its_first_question() -> None:
    assert talk(("How  deep\nis it?", "1"), ("two", "2")).name == "How deep is it?"
    assert talk().name == ""
