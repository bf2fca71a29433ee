"""The end of the chat's process: a word to everybody, and nothing left behind."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.fakes.person import Person
from tests.fakes.product import Product
from tests.fakes.replies import Hang, HangBeforeHeaders, Say, Stream, says
from tests.fakes.stack import running_stack

RESTARTED = "Interrupted: the chat is being restarted."


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_open_streams_end_with_a_word_and_the_engines_work_ends(
    number: signal.Signals, tmp_path: Path
) -> None:
    async with running_stack(tmp_path) as stack:
        chat, engine = stack.chat, stack.engine
        await chat.ready()
        async with Person(chat.url) as person, Person(chat.url, language="zh-CN") as chinese:
            engine.enqueue(Stream(Say("Once upon a"), Hang()), to="Story")
            engine.enqueue(HangBeforeHeaders(says("never")), to="故事")
            await person.send("Story")
            await chinese.send("故事")
            await person.shows("Once upon a")
            await engine.request("故事")

            assert await chat.end(number) in {-number, 128 + number}  # as a shell expects

            await person.shows(RESTARTED)
            await chinese.shows("已中断：聊天服务正在重启。")
            assert person.page.messages("assistant_message")[0] == "Once upon a"
            await engine.until(lambda: engine.running == 0, "its work ends")
            assert not person.connected
        assert "Traceback" not in "\n".join(chat.log)


async def test_it_ends_while_the_engine_is_being_warmed_up(tmp_path: Path) -> None:
    async with running_stack(tmp_path, engine_is_open=False) as stack:
        stack.engine.default = Stream(Hang())
        await stack.engine.open()
        await stack.chat.phase("warming_up")
        await stack.chat.end()
        await stack.engine.until(lambda: stack.engine.running == 0, "its work ends")


async def test_it_ends_quickly_while_pages_are_open_and_the_engine_is_gone(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with Person(stack.chat.url) as person, Person(stack.chat.url):
            await person.send("Hello")
            await person.shows("Hello from the engine.")
            await stack.engine.close()
            await stack.chat.phase("lost")
            began = asyncio.get_running_loop().time()
            await stack.chat.end()
            assert asyncio.get_running_loop().time() - began < 5


async def test_a_page_of_a_chat_that_restarted_goes_on(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with Person(stack.chat.url) as person:
            assert await person.ask("Hello") == "Hello from the engine."
            await stack.chat.end()
            await person.until(lambda: not person.connected, "the socket closes")

            await stack.chat.start()
            await stack.chat.healthy()
            await stack.chat.ready()
            await person.connect()
            await person.until(lambda: not person.page.loading, "the composer is free")
            assert await person.ask("Again") == "Hello from the engine."


async def test_no_error_is_logged_from_start_to_end(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.chat.ready()
        async with Person(stack.chat.url) as person:
            await person.ask("Hello")
            await person.lose_network()
            await person.connect()
            await person.ask("Hello")
        await stack.chat.end()
    log = "\n".join(stack.chat.log)
    assert "Traceback" not in log
    assert "ERROR" not in log
    assert "Warning" not in log


async def test_a_port_that_is_taken_ends_it_without_an_address(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        taken = {"WARMLINE_PORT": str(stack.chat.port), "WARMLINE_ENGINE_URL": stack.engine.url}
        other = Product(tmp_path / "other", taken)
        await other.start()
        assert await other.exit_status(30) != 0
        await other.end()
    log = "\n".join(other.log)
    assert "address already in use" in log
    assert "the chat is at" not in log
    assert "the chat is at" in "\n".join(stack.chat.log)
