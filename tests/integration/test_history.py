"""Conversations stay: in the sidebar, behind their address, as files."""

from __future__ import annotations

import json
import uuid

from tests.fakes.engine import FakeEngine
from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import HttpError, numbered, says

NOBODYS = str(uuid.uuid4())


def shown(person: Person) -> list[str]:
    return [s["output"] for s in person.page.steps.values() if s["type"] != "run"]


def names(threads: list[dict[str, object]]) -> list[object]:
    return [thread["name"] for thread in threads]


async def test_a_thread_is_in_the_sidebar_under_its_first_question(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("How  deep is\nthe sea?")
    assert names(await person.threads())[0] == "How deep is the sea?"


async def test_the_page_learns_of_its_thread_when_it_is_stored(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("Hello")
    assert (await person.threads())[0]["id"] == person.page.thread_id


async def test_the_last_active_thread_comes_first(
    engine: FakeEngine, person: Person, other_person: Person
) -> None:
    await person.ask("Older")
    await other_person.ask("Newer")
    assert names(await person.threads())[:2] == ["Newer", "Older"]
    await person.ask("Once more")
    assert names(await person.threads())[:2] == ["Older", "Newer"]


async def test_a_long_question_names_its_thread_by_its_beginning(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("word " * 100)
    name = str(names(await person.threads())[0])
    assert name.startswith("word word")
    assert len(name) <= 80


async def test_search_finds_what_was_said(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(says("It is a Numbat."), to="Which animal")
    await person.ask("Which animal smiles?")
    assert names(await person.threads(search="numbat")) == ["Which animal smiles?"]
    assert await person.threads(search="no such words anywhere") == []


async def test_a_thread_is_renamed(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    body = {"threadId": person.page.thread_id, "name": "Greetings"}
    assert (await person.request("PUT", "/project/thread", body))[0] == 200
    assert names(await person.threads())[0] == "Greetings"


async def test_a_name_is_one_line_of_some_length(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    for name in ("many\n words " * 10_000, " \n "):
        body = {"threadId": person.page.thread_id, "name": name}
        assert (await person.request("PUT", "/project/thread", body))[0] == 200
    shown = str(names(await person.threads())[0])
    assert shown.startswith("many words many words")
    assert 150 < len(shown) <= 200


async def test_a_deleted_thread_is_gone(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    thread_id = person.page.thread_id
    status, _ = await person.request("DELETE", "/project/thread", {"threadId": thread_id})
    assert status == 200
    assert thread_id not in [thread["id"] for thread in await person.threads()]
    await person.until(lambda: not shown(person), "its page is empty")

    await person.open(thread_id)
    await person.until(lambda: person.resume_error, "a sentence")
    assert person.resume_error == "This conversation does not exist, or it is not yours."


async def test_a_thread_deleted_while_its_reply_streams_ends_the_engines_work(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("w", 500, tokens_per_second=40), to="Count")
    await person.send("Count")
    await person.shows("w.3")
    await person.request("DELETE", "/project/thread", {"threadId": person.page.thread_id})
    assert (await engine.ended(engine.asked("Count")[0])).outcome == "aborted"
    await person.until(lambda: not shown(person) and not person.page.loading)


async def test_what_is_not_there_is_answered_with_a_sentence(person: Person) -> None:
    for method, body in (
        ("PUT", {"threadId": NOBODYS, "name": "x"}),
        ("DELETE", {"threadId": NOBODYS}),
    ):
        status, answer = await person.request(method, "/project/thread", body)
        assert (status, answer["detail"]) == (
            404,
            "This conversation does not exist, or it is not yours.",
        )


async def test_a_cursor_that_is_none_of_ours_is_refused(person: Person) -> None:
    body = {"pagination": {"first": 35, "cursor": "x'; DROP TABLE"}, "filter": {}}
    assert (await person.request("POST", "/project/threads", body))[0] == 404


async def test_a_thread_is_opened_again_with_everything_in_it(
    engine: FakeEngine, person: Person
) -> None:
    await person.ask("Hello")
    await person.ask("And now?")
    await person.open(person.page.thread_id)
    await person.until(lambda: len(shown(person)) == 4)
    assert shown(person) == [
        "Hello",
        "Hello from the engine.",
        "And now?",
        "Hello from the engine.",
    ]
    await person.until(lambda: len(person.page.buttons()) == 4)
    assert person.page.buttons()[0]["label"].startswith("first token ")

    await person.ask("A third")
    said = engine.asked("A third")[0].said
    assert said == [*shown(person)[:4], "A third"]


async def test_a_thread_that_does_not_exist_is_said_and_a_new_one_can_begin(
    engine: FakeEngine, person: Person
) -> None:
    await person.open(NOBODYS)
    await person.until(lambda: person.resume_error, "a sentence")
    assert await person.ask("Hello") == "Hello from the engine."
    assert person.page.thread_id != NOBODYS


async def test_a_reload_goes_on_with_the_reply_that_is_being_written(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(numbered("w", 40, tokens_per_second=20), to="Count")
    question = await person.send("Count")
    await person.shows("w.5")
    await person.open(person.page.thread_id)
    await person.shows("w.7", within_seconds=3)
    assert person.page.loading
    whole = " ".join(f"w.{n}" for n in range(40))
    await person.until(lambda: person.page.reply_to(question).strip() == whole)
    await person.until(lambda: not person.page.loading)
    assert len(engine.asked("Count")) == 1


async def test_a_reload_between_attempts_still_says_that_it_is_tried_again(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(HttpError(503, retry_after="2"), says("There it is."), to="Hello")
    await person.send("Hello")
    await person.shows("Trying again in")
    await person.open(person.page.thread_id)
    await person.shows("Trying again in", within_seconds=1)
    await person.shows("There it is.")


async def test_stop_works_after_a_reload(engine: FakeEngine, person: Person) -> None:
    engine.enqueue(numbered("w", 500, tokens_per_second=20), to="Count")
    await person.send("Count")
    await person.shows("w.2")
    await person.open(person.page.thread_id)
    await person.shows("w.4")
    await person.stop()
    assert (await engine.ended(engine.asked("Count")[0], within_seconds=1)).outcome == "aborted"
    await person.shows("Stopped.")


async def test_a_rated_reply_is_rated_after_a_reload(engine: FakeEngine, person: Person) -> None:
    await person.ask("Hello")
    (frame,) = [step for step in person.page.steps.values() if step["type"] == "run"]
    given = {
        "forId": frame["id"],
        "threadId": person.page.thread_id,
        "value": 0,
        "comment": "Dull.",
    }
    body = {"feedback": given, "sessionId": person.session_id}
    status, answer = await person.request("PUT", "/feedback", body)
    assert status == 200

    await person.open(person.page.thread_id)
    await person.shows("Hello from the engine.")
    rated = person.page.steps[frame["id"]]["feedback"]
    assert (rated["value"], rated["comment"]) == (0, "Dull.")

    body = {"feedbackId": answer["feedbackId"]}
    assert (await person.request("DELETE", "/feedback", body))[0] == 200
    await person.open(person.page.thread_id)
    await person.shows("Hello from the engine.")
    assert person.page.steps[frame["id"]]["feedback"] is None


async def test_feedback_on_nobodys_reply_is_refused(person: Person) -> None:
    given = {"forId": f"{NOBODYS}.frame", "value": 1}
    status, answer = await person.request(
        "PUT", "/feedback", {"feedback": given, "sessionId": person.session_id}
    )
    assert status >= 400
    assert answer["detail"] == "This conversation does not exist, or it is not yours."


async def test_a_thread_is_saved_as_markdown_and_as_json(
    engine: FakeEngine, person: Person
) -> None:
    engine.enqueue(says("**So** it is."), to="Is it")
    await person.ask("Is it?")
    _, text = await person.request("GET", f"/download/{person.page.thread_id}.md")
    assert "# Is it?\n" in text
    assert text.endswith("## User\n\nIs it?\n\n## Assistant\n\n**So** it is.\n")

    _, whole = await person.request("GET", f"/download/{person.page.thread_id}.json")
    question, reply = whole["messages"]
    assert (question["role"], question["content"]) == ("user", "Is it?")
    assert (reply["outcome"], reply["numbers"]["finish_reason"]) == ("completed", "stop")
    json.dumps(whole)


async def test_no_file_of_what_is_not_there(chat: Product) -> None:
    for name in (f"{NOBODYS}.md", f"{NOBODYS}.exe", ".md", "..%2fhistory.db"):
        assert (await chat.get(f"/download/{name}"))[0] == 404, name


async def test_the_address_of_a_thread_answers_the_page(chat: Product) -> None:
    for path in (f"/thread/{NOBODYS}", "/thread/", "/thread/a/b"):
        status, html = await chat.get(path)
        assert status == 200
        assert "/public/frames.js" in html


async def test_nobody_is_asked_to_log_in(person: Person) -> None:
    assert (await person.request("GET", "/user"))[1]["identifier"] == "local"
    for path in ("/login", "/auth/header", "/auth/jwt", "/logout"):
        assert (await person.request("POST", path, {}))[0] == 404
