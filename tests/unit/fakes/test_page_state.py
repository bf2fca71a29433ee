"""The page as Chainlit's front end keeps it."""

from __future__ import annotations

from typing import Any

from tests.fakes.page_state import PageState


def message(step_id: str, kind: str = "assistant_message", **more: Any) -> dict[str, Any]:
    return {"id": step_id, "type": kind, "output": step_id, **more}


def test_tokens_are_added_and_a_sequence_replaces() -> None:
    page = PageState()
    page.apply("stream_start", message("a", output=""))
    page.apply("stream_token", {"id": "a", "token": "One"})
    page.apply("stream_token", {"id": "a", "token": " two"})
    assert page.messages("assistant_message") == ["One two"]
    page.apply("stream_token", {"id": "a", "token": "Three", "isSequence": True})
    assert page.messages("assistant_message") == ["Three"]


def test_tokens_of_a_step_that_is_not_there_are_lost() -> None:
    page = PageState()
    page.apply("stream_token", {"id": "gone", "token": "One"})
    assert page.text() == ""


def test_a_known_id_is_updated_in_place() -> None:
    page = PageState()
    page.apply("new_message", message("a"))
    page.apply("new_message", message("b"))
    page.apply("new_message", message("a", output="changed"))
    assert page.messages("assistant_message") == ["changed", "b"]
    page.apply("update_message", message("unknown"))
    assert list(page.steps) == ["a", "b"]


def test_a_step_under_an_unknown_parent_is_dropped_and_children_go_with_theirs() -> None:
    page = PageState()
    page.apply("new_message", message("orphan", parentId="unknown"))
    assert page.steps == {}
    page.apply("new_message", message("run", "run"))
    page.apply("new_message", message("child", parentId="run"))
    page.apply("delete_message", {"id": "run"})
    assert page.steps == {}


def test_a_reply_ends_at_the_next_message_of_the_person() -> None:
    page = PageState()
    for step_id, kind in (("q1", "user_message"), ("a1", "assistant_message"), ("r", "run")):
        page.apply("new_message", message(step_id, kind))
    page.apply("new_message", message("q2", "user_message"))
    page.apply("new_message", message("a2"))
    assert page.reply_to("q1") == "a1"
    assert page.reply_to("q2") == "a2"
    page.remove_below("q1")
    assert list(page.steps) == ["q1"]


def test_an_action_that_comes_twice_is_there_twice() -> None:
    page = PageState()
    retry = {"id": "x", "name": "retry", "label": "Retry", "tooltip": ""}
    page.apply("action", retry)
    page.apply("action", retry)
    page.apply("remove_action", retry)
    assert page.actions == [retry]
    assert "Retry" in page.text()


def test_loading_and_toasts_and_elements_are_seen() -> None:
    page = PageState()
    seen = []
    for event in ("task_start", "task_end"):
        page.apply(event, None)
        seen.append(page.loading)
    assert seen == [True, False]
    page.apply("toast", {"message": "Not now.", "type": "error"})
    page.apply("element", {"id": "e", "props": {"phase": "Loading", "progress": 0.5}})
    assert page.text().splitlines() == ["Loading", "0.5", "Not now."]
    page.apply("remove_element", {"id": "e"})
    assert page.text() == "Not now."
    page.apply("something_new", {"id": 1})
    assert page.text() == "Not now."


def test_the_gates_card_is_read_while_the_gate_is_closed() -> None:
    page = PageState()
    card = {"open": False, "title": "Not yet", "problem": {"advice": "Wait."}}
    page.apply("window_message", {"warmline": "gate", "data": card})
    assert "Not yet\nWait." in page.text()
    page.apply("window_message", {"warmline": "gate", "data": card | {"open": True}})
    assert page.text() == ""


def test_a_text_is_put_back_into_the_composer() -> None:
    page = PageState()
    page.apply("window_message", {"warmline": "draft", "data": "What I wrote"})
    assert page.draft == "What I wrote"
