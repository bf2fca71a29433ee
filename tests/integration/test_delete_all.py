"""All conversations of a person are deleted at once."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.person import Person
from tests.fakes.replies import numbered
from tests.fakes.stack import running_stack
from tests.fakes.stored import file_url, stored_threads


async def test_all_conversations_go_with_their_links_and_their_running_replies(
    tmp_path: Path,
) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with Person(stack.chat.url) as ada, Person(stack.chat.url) as tab:
            await ada.ask("First")
            link = await ada.ask_server("make_link", "link", thread=ada.page.thread_id)
            stack.engine.enqueue(numbered("w", 500, tokens_per_second=40), to="Count")
            await tab.send("Count")
            await tab.shows("w.3")

            count = await ada.ask_server("count", "count")
            assert count["num"] == 2
            assert "2 in all" in count["about"]
            assert (await ada.ask_server("delete_all", "all_deleted"))["num"] == 2

            ended = await stack.engine.ended(stack.engine.asked("Count")[0])
            assert ended.outcome == "aborted"
            await tab.until(lambda: tab.page.words.get("all_deleted") == {"num": 2})
            for person in (ada, tab):
                await person.until(lambda page=person.page: not page.steps)  # type: ignore[misc]
            assert await ada.threads() == []
            assert (await ada.request("GET", link["path"]))[0] == 404
            assert (await ada.ask_server("count", "count"))["num"] == 0

            await tab.ask("A new beginning")
        assert [thread.name for thread in await stored_threads(file_url(tmp_path))] == [
            "A new beginning"
        ]
